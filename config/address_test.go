package config

import (
	"strings"
	"testing"
)

func TestListenAddresses(t *testing.T) {
	for address, fine := range map[string]bool{
		"127.0.0.1:0": true, "127.0.0.1:65535": true, ":80": true, "[::1]:80": true, "[fe80::1%eth0]:80": true, "host.example:80": true,
		"": false, "80": false, "127.0.0.1": false, "127.0.0.1:": false, "127.0.0.1:65536": false, "127.0.0.1:-1": false,
		"127.0.0.1:+1": false, "127.0.0.1:080": false, "127.0.0.1:http": false, "::1:80": false, "[::1]": false,
		"a b:80": false, "300.0.0.1:80": false, "http://h:80": false, "h: 80": false, "bücher.example:80": false,
	} {
		if got := addressRule.flaw(address) == ""; got != fine {
			t.Errorf("%q: %q", address, addressRule.flaw(address))
		}
	}
}

func TestHostNames(t *testing.T) {
	long := strings.Repeat("a", 63)
	for host, fine := range map[string]bool{
		"h": true, "a.b.c": true, "a.b.": true, "a-b": true, "_srv.x": true, "1.2.3.4": true, "::1": true, long: true, "4chan.org": true,
		"": false, ".": false, "a..b": false, ".a": false, "-a": false, "a-": false, "a b": false, "é": false, "1.2.3": false,
		"256.1.1.1": false, "0x7f.1": false, "0xg.x": true, "a.0x1": false, "a.0x": false, "fe80::1%1": false, long + "a": false,
		strings.Repeat("a.", 127) + "a": false,
	} {
		if got := hostFlaw(host) == ""; got != fine {
			t.Errorf("%q: %q", host, hostFlaw(host))
		}
	}
}
