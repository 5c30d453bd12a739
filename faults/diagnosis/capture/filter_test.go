package capture

import (
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/net/bpf"
)

// lets tells whether the part of the filter that knows the endpoints accepts a packet. The part before it asks the kernel
// and is tested with one, in recording_test.go.
func lets(t *testing.T, endpoints []netip.AddrPort, packet []byte) bool {
	t.Helper()
	machine, err := bpf.NewVM(picked(endpoints))
	if err != nil {
		t.Fatal(err)
	}
	n, err := machine.Run(packet)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

func TestTheFilterLetsThroughWhatItIsAskedFor(t *testing.T) {
	four, six := endpoint("203.0.113.7:443"), endpoint("[2001:db8::7]:443")
	all := []netip.AddrPort{four, six, endpoint("203.0.113.7:8443"), endpoint("203.0.113.8:0")}
	away, far := endpoint("10.0.0.5:42828"), endpoint("[2001:db8::5]:42828")
	fragment := tcp(four, away, 0, 0, nil)
	fragment[7] = 1 // offset 8
	udp := tcp(four, away, 0, 0, nil)
	udp[9] = protocolUDP
	options := tcp(away, four, 0, 0, make([]byte, 20))
	options = append(append(append([]byte{0x46}, options[1:20]...), 1, 1, 1, 0), options[20:]...)
	for _, c := range []struct {
		name   string
		packet []byte
		want   bool
	}{
		{"to the endpoint", tcp(away, four, 0, 0, nil), true},
		{"from the endpoint", tcp(four, away, 0, 0, nil), true},
		{"behind IP options", options, true},
		{"UDP", udp, true},
		{"its other port", tcp(away, endpoint("203.0.113.7:8443"), 0, 0, nil), true},
		{"another port", tcp(away, endpoint("203.0.113.7:80"), 0, 0, nil), false},
		{"our own port of the same number", tcp(endpoint("10.0.0.5:443"), endpoint("203.0.113.7:9"), 0, 0, nil), false},
		{"another address", tcp(away, endpoint("203.0.113.9:443"), 0, 0, nil), false},
		{"an address without a port", tcp(away, endpoint("203.0.113.8:9999"), 0, 0, nil), true},
		{"a protocol without ports", ip(four.Addr(), away.Addr(), 1, make([]byte, 8)), false},
		{"that protocol from an address without a port", ip(endpoint("203.0.113.8:0").Addr(), away.Addr(), 1, make([]byte, 8)), true},
		{"a later fragment, which has no ports", fragment, false},
		{"IPv6 to the endpoint", tcp(far, six, 0, 0, nil), true},
		{"IPv6 from the endpoint", tcp(six, far, 0, 0, nil), true},
		{"IPv6, another port", tcp(far, endpoint("[2001:db8::7]:80"), 0, 0, nil), false},
		{"IPv6, an address with another beginning", tcp(far, endpoint("[2001:db9::7]:443"), 0, 0, nil), false},
		{"IPv6, an address with another end", tcp(far, endpoint("[2001:db8::8]:443"), 0, 0, nil), false},
		{"a packet that is cut", tcp(away, four, 0, 0, nil)[:21], false},
	} {
		if got := lets(t, all, c.packet); got != c.want {
			t.Errorf("%s: let through is %v, want %v", c.name, got, c.want)
		}
	}
}

func TestALongFilterStillFindsItsLastEndpoint(t *testing.T) {
	var all []netip.AddrPort
	for i := range 300 {
		all = append(all, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), uint16(1000+i)))
	}
	away := endpoint("192.0.2.1:5")
	if !lets(t, all, tcp(away, all[299], 0, 0, nil)) || lets(t, all, tcp(away, netip.AddrPortFrom(all[299].Addr(), 1000), 0, 0, nil)) {
		t.Error("the last of 300 endpoints is not told from others")
	}
	var ports []netip.AddrPort
	for i := range 300 { // the jump over them is longer than a conditional one reaches
		ports = append(ports, netip.AddrPortFrom(all[0].Addr(), uint16(1000+i)))
	}
	if !lets(t, append(ports, all[7]), tcp(all[7], away, 0, 0, nil)) {
		t.Error("300 ports of one address hide the next address")
	}
}

func TestAFilterTheKernelWouldRefuseIsAnErrorThatSaysWhy(t *testing.T) {
	var all []netip.AddrPort
	for i := range watchTargets {
		all = append(all, netip.AddrPortFrom(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1)), 443))
	}
	if _, err := compile(all); err != nil {
		t.Errorf("as many targets as a Watch knows do not fit: %v", err)
	}
	for i := range 500 {
		all = append(all, netip.AddrPortFrom(netip.MustParseAddr(fmt.Sprintf("2001:db9::%x", i+1)), 443))
	}
	if _, err := compile(all); err == nil {
		t.Error("a filter of any length is accepted")
	}
}

func TestEndpointsAreEveryPortOfEveryAddress(t *testing.T) {
	hosts, err := Resolve(t.Context(), []string{"192.0.2.7", "[2001:db8::7]"})
	if err != nil {
		t.Fatal(err)
	}
	if got := Endpoints(hosts, []uint16{443, 8443}); len(got) != 4 || got[3] != endpoint("[2001:db8::7]:8443") {
		t.Errorf("%v", got)
	}
	if got, want := Expression(hosts, []uint16{443}), "(host 192.0.2.7 or host 2001:db8::7) and port 443"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := Expression(hosts[:1], nil), "host 192.0.2.7"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := Resolve(t.Context(), []string{"backend.invalid"}); err == nil {
		t.Error("a name without an address is no error")
	}
}
