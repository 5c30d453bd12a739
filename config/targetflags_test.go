package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestATargetFromFlagsHasTheDefaultsOfAFile(t *testing.T) {
	got, err := LoadTarget(TargetFlags{URL: "https://orders.example.com/api?x=1"})
	if err != nil {
		t.Fatal(err)
	}
	want := mustParse(t, targetYAML("https://orders.example.com/api?x=1"), Overrides{}).Proxies[0].Target
	if got.Timeouts != want.Timeouts || got.TLS.Verify != want.TLS.Verify || got.TLS.MinVersion != want.TLS.MinVersion ||
		got.Host != want.Host || got.Port != want.Port || got.Path != want.Path || got.Query != want.Query {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestATargetFromFlagsTakesThem(t *testing.T) {
	dir := t.TempDir()
	certificate, key := newCertificate(t, "client")
	f := TargetFlags{URL: "https://orders.example.com", ServerName: "orders.internal",
		Certificate: writeFile(t, dir, "cert.pem", certificate), Key: writeFile(t, dir, "key.pem", key),
		Overrides: Overrides{IOTimeout: ptr(7 * time.Second), TLSVerify: ptr("none")}}
	got, err := LoadTarget(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.TLS.Certificates) != 1 || got.TLS.ServerName != "orders.internal" || got.TLS.Verify != "none" || got.Timeouts.Handshake != 7*time.Second {
		t.Errorf("%+v", got)
	}
}

func TestProblemsOfATargetFromFlagsNameThem(t *testing.T) {
	dir := t.TempDir()
	certificate, key := newCertificate(t, "one")
	_, other := newCertificate(t, "two")
	cert, mine, stranger := writeFile(t, dir, "cert.pem", certificate), writeFile(t, dir, "key.pem", key), writeFile(t, dir, "other.pem", other)
	for _, test := range []struct {
		flags TargetFlags
		want  string
	}{
		{TargetFlags{URL: "ftp://h"}, `TARGET: has the scheme "ftp"; allowed: an absolute http or https URL`},
		{TargetFlags{URL: "https://user:secret@h"}, "TARGET: holds a user name or password"},
		{TargetFlags{URL: "https://h", ServerName: "a b"}, "--server-name: "},
		{TargetFlags{URL: "http://h", ServerName: "a"}, "--server-name: is set, but the target is plain"},
		{TargetFlags{URL: "http://h", Key: mine}, "--key: is set, but the target is plain"},
		{TargetFlags{URL: "https://h", Certificate: cert}, "--key: is missing; allowed: --certificate and --key together"},
		{TargetFlags{URL: "https://h", Key: mine}, "--certificate: is missing; allowed: --certificate and --key together"},
		{TargetFlags{URL: "https://h", Certificate: cert, Key: stranger}, "--key: cannot be used with --certificate: private key does not match"},
		{TargetFlags{URL: "https://h", Certificate: mine, Key: mine}, `--certificate: "DIR/key.pem" holds no PEM certificate`},
		{TargetFlags{URL: "https://h", Overrides: Overrides{TLSVerify: ptr("half"), IOTimeout: ptr(time.Duration(0))}}, "--io-timeout: "},
	} {
		_, err := LoadTarget(test.flags)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "DIR/"), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v, want %s", test.flags, err, test.want)
		}
	}
}
