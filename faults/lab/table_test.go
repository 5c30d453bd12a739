package lab

import (
	"context"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The names are public: scripts and configuration files use them, and their order decides the ports.
func TestTheTableListsThePublicNamesInTheirOrder(t *testing.T) {
	want := strings.Fields(`healthy
		tls-silent tls-blackhole tls-slow tls-stall-after-server-hello tls-close tls-reset tls-alert tls-old-version
		tls-no-common-cipher tls-unknown-ca tls-expired tls-wrong-name tls-client-cert-required plain-on-tls-port
		connect-refused connect-timeout dns-failure
		response-silent response-stalls eof-before-response eof-in-headers eof-in-body stale-keepalive broken-pipe
		big-headers big-line big-body 405-without-allow 306 204-with-body status-503 slow-body malformed-response
		bad-gzip bad-deflate unsupported-encoding unreachable proxy-refuses-tunnel all-servers-down`)
	if diff := cmp.Diff(want, Names()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEveryFaultOfTheTableIsInTheCatalogue(t *testing.T) {
	file, err := os.ReadFile("testdata/fault-ids.txt")
	if err != nil {
		t.Fatal(err)
	}
	ids := append(strings.Fields(string(file)), "")
	for _, r := range table {
		for _, id := range []string{r.Fault, r.faultByName} {
			if !slices.Contains(ids, id) {
				t.Errorf("%s causes %q, which is no fault of the catalogue", r.Name, id)
			}
		}
	}
}

func TestEveryRowSaysInOneShortLineWhatItDoes(t *testing.T) {
	for _, i := range Table() {
		if len(i.Does) < 10 || len(i.Does) > 110 || strings.ContainsAny(i.Does, "{}\n") {
			t.Errorf("%s does %q", i.Name, i.Does)
		}
		if !slices.Contains([]string{"", "dns", "tcp", "tls", "http"}, i.Layer) {
			t.Errorf("%s is on layer %q", i.Name, i.Layer)
		}
		if (i.Layer == "") != (i.Name == "healthy") {
			t.Errorf("layer of %s is %q", i.Name, i.Layer)
		}
	}
}

func TestOnlyATimeoutIsGovernedByATimer(t *testing.T) {
	timers := map[string]string{handshakeTimeout: "handshake", "target_connect_timeout": "connect", ioTimeout: "io"}
	for _, i := range Table() {
		if i.Governs != timers[i.Fault] {
			t.Errorf("%s causes %s but is governed by %q", i.Name, i.Fault, i.Governs)
		}
	}
}

// What a knob's name looks like is public, and its placeholder must be one that does() replaces.
func TestKnobsAreLowerCaseAndShown(t *testing.T) {
	for _, i := range Table() {
		for _, k := range i.Knobs {
			if !regexp.MustCompile(`^[a-z]+$`).MatchString(k.Name) || k.Value == "0" {
				t.Errorf("%s has knob %q = %q", i.Name, k.Name, k.Value)
			}
		}
	}
}

func TestBehavioursAreStructsWhoseExportedFieldsAreKnobs(t *testing.T) {
	for _, r := range table {
		typ := reflect.TypeOf(r.how)
		for i := range typ.NumField() {
			if f := typ.Field(i); f.IsExported() != (f.Tag.Get("knob") != "") {
				t.Errorf("%s.%s: exported %v, knob tag %q", typ.Name(), f.Name, f.IsExported(), f.Tag.Get("knob"))
			}
		}
	}
}

func TestSettingAKnobChangesWhatTheBackendDoesAndSays(t *testing.T) {
	l := startLab(t, Options{Names: []string{"tls-slow", "big-line"}, Set: map[string]string{"tls-slow.delay": "70ms", "big-line.bytes": "3000"}})
	for i, want := range []string{"70ms late", "3000 bytes"} {
		if b := l.Backends()[i]; !strings.Contains(b.Does, want) {
			t.Errorf("%s does %q, want it to say %q", b.Name, b.Does, want)
		}
	}
	for _, i := range Table() {
		if strings.Contains(i.Does, "70ms") {
			t.Errorf("the setting of one lab changed the table: %q", i.Does)
		}
	}
}

func TestWrongKnobSettingsAreRefusedWithWhatIsAllowed(t *testing.T) {
	for setting, want := range map[string]string{
		"tls-slow.delay=5":          `"5" is not a duration`,
		"tls-slow.delay=-5s":        `"-5s" is not a duration`,
		"tls-slow.speed=5s":         "there are: [delay]",
		"tls-slow=5s":               "there are: [delay]",
		"big-line.bytes=many":       `"many" is not a number`,
		"big-line.bytes=2000000000": "not a number from 0 to 1073741824",
		"healthy.delay=5s":          "there are: []",
		"tls-slo.delay=5s":          "there is no behaviour of that name",
	} {
		key, value, _ := strings.Cut(setting, "=")
		_, err := Start(context.Background(), Options{Names: []string{"healthy"}, Set: map[string]string{key: value}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: error is %v, want %q", setting, err, want)
		}
	}
}
