package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"testing"
	"testing/synctest"
	"time"
)

func TestATargetIsNamedByHostAndPort(t *testing.T) {
	for host, want := range map[string]string{"orders.example": "orders.example:443", "::1": "[::1]:443"} {
		if got := NewTarget(host, 443, nil, patient).String(); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func TestATargetReturnsWhatItWasMadeOf(t *testing.T) {
	target := NewTarget("orders.example", 8443, &TLS{}, patient)
	if target.Host() != "orders.example" || target.Port() != 8443 || !target.Secure() || target.Timeouts() != patient {
		t.Errorf("got %s %d %v %v", target.Host(), target.Port(), target.Secure(), target.Timeouts())
	}
	if NewTarget("orders.example", 80, nil, patient).Secure() {
		t.Error("a target without TLS settings claims to be secure")
	}
}

func TestTargetsWithEqualConnectionsHaveEqualKeys(t *testing.T) {
	certificate := newAuthority(t).issue(t, nil)
	settings := func() *TLS {
		return &TLS{Verify: VerifyFull, RootCAs: x509.NewCertPool(), CADigest: "abc", Certificates: []tls.Certificate{certificate}}
	}
	slow := patient
	slow.IO = time.Hour
	if NewTarget("h", 1, settings(), patient).Key() != NewTarget("h", 1, settings(), slow).Key() {
		t.Error("timers or a second reading of the same files changed the key")
	}
	named := settings()
	named.ServerName = "h"
	if NewTarget("h", 1, settings(), patient).Key() != NewTarget("h", 1, named, patient).Key() {
		t.Error("naming the host explicitly changed the key")
	}
}

func TestTargetsThatDifferInAnySettingHaveDifferentKeys(t *testing.T) {
	authority := newAuthority(t)
	settings := map[string]*TLS{
		"plain":         nil,
		"default":       {},
		"hostname only": {Verify: VerifyHostname},
		"none":          {Verify: VerifyNone},
		"roots":         {RootCAs: x509.NewCertPool()},
		"other roots":   {RootCAs: x509.NewCertPool()},
		"digest":        {RootCAs: x509.NewCertPool(), CADigest: "abc"},
		"other digest":  {RootCAs: x509.NewCertPool(), CADigest: "abd"},
		"certificate":   {Certificates: []tls.Certificate{authority.issue(t, nil)}},
		"other cert":    {Certificates: []tls.Certificate{authority.issue(t, nil)}},
		"server name":   {ServerName: "other"},
		"min":           {MinVersion: tls.VersionTLS13},
		"max":           {MaxVersion: tls.VersionTLS13},
		"ciphers":       {CipherSuites: []uint16{1}},
		"curves":        {Curves: []tls.CurveID{1}},
	}
	seen := map[string]string{NewTarget("h", 2, nil, patient).Key(): "port", NewTarget("g", 1, nil, patient).Key(): "host"}
	for name, s := range settings {
		key := NewTarget("h", 1, s, patient).Key()
		if other, taken := seen[key]; taken {
			t.Errorf("%s has the key of %s", name, other)
		}
		seen[key] = name
	}
}

func TestTheConnectContextEndsWithTheConnectTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		target := NewTarget("h", 1, nil, Timeouts{Connect: 3 * time.Second})
		ctx, cancel := target.ConnectContext(t.Context(), began.Add(time.Minute))
		defer cancel()
		<-ctx.Done()
		if cause, over := ended(ctx); time.Since(began) != 3*time.Second || cause != Timeout || !over {
			t.Errorf("ended after %v by %q", time.Since(began), cause)
		}
	})
}

func TestTheConnectContextEndsWithAnEarlierBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		target := NewTarget("h", 1, nil, Timeouts{Connect: 3 * time.Second})
		ctx, cancel := target.ConnectContext(t.Context(), began.Add(time.Second))
		defer cancel()
		<-ctx.Done()
		if cause, over := ended(ctx); time.Since(began) != time.Second || cause != Budget || !over {
			t.Errorf("ended after %v by %q", time.Since(began), cause)
		}
	})
}

func TestWithoutTimersTheConnectContextEndsWithItsParent(t *testing.T) {
	parent, leave := context.WithCancel(t.Context())
	ctx, cancel := NewTarget("h", 1, nil, Timeouts{}).ConnectContext(parent, time.Time{})
	defer cancel()
	if _, limited := ctx.Deadline(); limited {
		t.Error("there is a deadline")
	}
	leave()
	if cause, over := ended(ctx); cause != Canceled || !over {
		t.Errorf("ended: %v by %q", over, cause)
	}
}
