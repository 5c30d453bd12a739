package probe_test

import (
	"strings"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/faults/diagnosis/probe"
)

func TestWhatIsTypedBecomesAURL(t *testing.T) {
	for _, test := range []struct {
		typed  string
		secure bool
		want   string // or the beginning of the error
	}{
		{"https://orders.example.com/health?deep=1", false, "https://orders.example.com/health?deep=1"},
		{"http://orders.example.com", false, "http://orders.example.com"},
		{"https://orders.example.com", true, "https://orders.example.com"},
		{"http://orders.example.com", true, "error: --tls does not go with http://"},
		{"orders.example.com:443", false, "https://orders.example.com:443/"},
		{"orders.example.com:8443", false, "https://orders.example.com:8443/"},
		{"orders.example.com:8080", false, "http://orders.example.com:8080/"},
		{"orders.example.com:8080", true, "https://orders.example.com:8080/"},
		{"[2001:db8::7]:443", false, "https://[2001:db8::7]:443/"},
		{"orders.example.com", false, "error: \"orders.example.com\" is neither a URL nor HOST:PORT"},
		{"2001:db8::7", false, "error: "},
		{":443", false, "error: "},
		{"host:", false, "error: "},
		{"host:80/path", false, "error: "},
		{"", false, "error: "},
	} {
		got, err := probe.Parse(test.typed, test.secure)
		if err != nil {
			got = "error: " + err.Error()
		}
		if !strings.HasPrefix(got, test.want) || err == nil && got != test.want {
			t.Errorf("%q: %s, want %s", test.typed, got, test.want)
		}
	}
}

func TestAPlanTakesEverythingFromTheTarget(t *testing.T) {
	five := 5 * time.Second
	name := "hostname"
	target, err := config.LoadTarget(config.TargetFlags{URL: "https://Orders.example.com:443/api/?x=%20y", ServerName: "orders.internal",
		Overrides: config.Overrides{IOTimeout: &five, TLSVerify: &name}})
	if err != nil {
		t.Fatal(err)
	}
	p := probe.For(target)
	if p.Host != "orders.example.com" || p.Port != 443 || p.Request.Host != "orders.example.com" || p.Request.Path != "/api/?x=%20y" {
		t.Errorf("%+v", p)
	}
	if p.Timeouts.Connect != 3*time.Second || p.Timeouts.Handshake != five || p.Timeouts.IO != five {
		t.Errorf("%+v", p.Timeouts)
	}
	if p.TLS == nil || p.TLS.Verify != "hostname" || p.TLS.ServerName != "orders.internal" || p.TLS.MinVersion == 0 {
		t.Errorf("%+v", p.TLS)
	}
	if want := "probing orders.example.com:443 (connect 3s, TLS handshake 5s, silence 5s)"; p.Intention() != want {
		t.Errorf("%s, want %s", p.Intention(), want)
	}
	target, err = config.LoadTarget(config.TargetFlags{URL: "http://[::1]:8080"})
	if err != nil {
		t.Fatal(err)
	}
	p = probe.For(target)
	if p.TLS != nil || p.Host != "::1" || p.Request.Host != "[::1]:8080" || p.Intention() != "probing [::1]:8080 (connect 3s, silence 55s)" {
		t.Errorf("%+v", p)
	}
}
