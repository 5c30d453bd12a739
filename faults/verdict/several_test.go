package verdict_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults/verdict"
)

func at(address string, id verdict.ID) verdict.Addressed {
	return verdict.Addressed{Address: address, Verdict: judged(id)}
}

func judged(id verdict.ID) verdict.Verdict {
	return verdict.Verdict{ID: id, Summary: "It is " + id + ".", Evidence: []string{"It looked " + id + "."}, NextStep: "Mend what is " + id + "."}
}

func TestTheBadOneAmongSeveralAddressesIsNamed(t *testing.T) {
	got := verdict.OfAddresses("orders.example.com:443", []verdict.Addressed{
		at("203.0.113.7:443", verdict.Healthy), at("203.0.113.8:443", verdict.FirewallDropsData), at("203.0.113.9:443", verdict.Healthy),
	})
	want := verdict.Verdict{
		ID:      verdict.FirewallDropsData,
		Summary: "Of the 3 addresses of orders.example.com:443 1 is bad: 203.0.113.8:443. It is firewall-drops-data.",
		Evidence: []string{
			"203.0.113.7:443: It is healthy.",
			"203.0.113.8:443: It is firewall-drops-data.",
			"It looked firewall-drops-data.",
			"203.0.113.9:443: It is healthy.",
		},
		NextStep: "Calls fail only when they meet it. Take 203.0.113.8:443 out of the name until it is repaired. Mend what is firewall-drops-data.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The gateway passes over an address that accepts no connection, so such a one costs time rather than calls.
func TestAnAddressThatIsPassedOverCostsTime(t *testing.T) {
	for id, want := range map[verdict.ID]string{
		verdict.ConnectionRefused: "go on to the next address", verdict.ConnectionFiltered: "part of their connect timeout", verdict.BackendSilent: "Calls fail only",
	} {
		v := verdict.OfAddresses("name:1", []verdict.Addressed{at("a:1", verdict.Healthy), at("b:1", id)})
		if !strings.Contains(v.NextStep, want) || !strings.Contains(v.NextStep, "Take b:1 out of the name") {
			t.Errorf("%s: %s", id, v.NextStep)
		}
	}
}

func TestAddressesAreJudgedTogether(t *testing.T) {
	const noV6 = "[2001:db8::1]:443"
	for _, test := range []struct {
		name string
		list []verdict.Addressed
		want verdict.ID
		says string
	}{
		{"none", nil, verdict.Inconclusive, "Nothing is known"},
		{"one", []verdict.Addressed{at("a:1", verdict.NotTLS)}, verdict.NotTLS, "It is not-tls."},
		{"one without IPv6", []verdict.Addressed{at(noV6, verdict.NoRoute)}, verdict.NoRoute, "It is no-route."},
		{"all good", []verdict.Addressed{at("a:1", verdict.Healthy), at("b:1", verdict.Healthy)}, verdict.Healthy, "at any of its 2 addresses"},
		{"all bad", []verdict.Addressed{at("a:1", verdict.BackendSlow), at("b:1", verdict.BackendSilent), at("c:1", verdict.BackendSilent)},
			verdict.BackendSilent, "All 3 addresses of name:1 are bad. It is backend-silent."},
		{"two of three bad", []verdict.Addressed{at("a:1", verdict.Healthy), at("b:1", verdict.BackendSlow), at("c:1", verdict.NotTLS)},
			verdict.BackendSlow, "2 are bad: b:1, c:1."},
		{"good, on a machine without IPv6", []verdict.Addressed{at(noV6, verdict.NoRoute), at("a:1", verdict.Healthy)}, verdict.Healthy, "no IPv6"},
		{"bad, on a machine without IPv6", []verdict.Addressed{at(noV6, verdict.NoRoute), at("a:1", verdict.NotTLS)}, verdict.NotTLS, "The only address of name:1 this machine has a way to"},
		{"no way to an IPv4 address", []verdict.Addressed{at("203.0.113.7:443", verdict.NoRoute), at("a:1", verdict.Healthy)}, verdict.NoRoute, "1 is bad"},
		{"no way to any", []verdict.Addressed{at(noV6, verdict.NoRoute), at("[2001:db8::2]:443", verdict.NoRoute)}, verdict.NoRoute, "All 2"},
	} {
		got := verdict.OfAddresses("name:1", test.list)
		if got.ID != test.want || !strings.Contains(got.Summary, test.says) || got.Evidence == nil {
			t.Errorf("%s: %+v, want %s saying %q", test.name, got, test.want, test.says)
		}
	}
}

func TestOneBadAttemptDecides(t *testing.T) {
	healthy, silent, slow := judged(verdict.Healthy), judged(verdict.BackendSilent), judged(verdict.BackendSlow)
	for _, test := range []struct {
		list []verdict.Verdict
		want verdict.ID
		says string
	}{
		{nil, verdict.Inconclusive, ""},
		{[]verdict.Verdict{silent}, verdict.BackendSilent, "It looked backend-silent."},
		{[]verdict.Verdict{healthy, healthy}, verdict.Healthy, "All 2 attempts were good."},
		{[]verdict.Verdict{healthy, healthy, silent}, verdict.BackendSilent, "Of 3 attempts: 2 healthy, 1 backend-silent."},
		{[]verdict.Verdict{slow, silent, healthy, silent}, verdict.BackendSilent, "Of 4 attempts: 2 backend-silent, 1 backend-slow, 1 healthy."},
	} {
		got := verdict.OfAttempts(test.list)
		if got.ID != test.want || !strings.HasPrefix(strings.Join(got.Evidence, "\n"), test.says) {
			t.Errorf("%+v, want %s with %q first", got, test.want, test.says)
		}
	}
}

func TestACertificateThatWasRefusedIsShown(t *testing.T) {
	e := backend("tls handshake", "wrong name", "orders.example.com")
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range 6 {
		c := verdict.Certificate{Subject: fmt.Sprintf("CN=\x1b[31m%d", i), Issuer: "CN=somebody", NotBefore: day, NotAfter: day.AddDate(1, 0, 0)}
		for n := range 10 {
			c.Names = append(c.Names, fmt.Sprintf("n%d.example.com", n))
		}
		e.Certificates = append(e.Certificates, c)
	}
	told := strings.Join(verdict.Judge(e).Evidence, "\n")
	for _, piece := range []string{"a certificate of CN=?[31m0, issued by CN=somebody, valid from 2026-03-01 to 2027-03-01, for n0.example.com, ", " and 2 more."} {
		if !strings.Contains(told, piece) {
			t.Errorf("no %q in\n%s", piece, told)
		}
	}
	if n := strings.Count(told, "showed a certificate"); n != 4 {
		t.Errorf("%d certificates told, want 4", n)
	}
}
