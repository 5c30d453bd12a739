package probe_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults/diagnosis/probe"
	"message-processor/faults/lab"
	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

// steady replaces what differs from run to run: ports, times, dates, sizes of TLS.
func steady(text string) string {
	for _, r := range []struct{ pattern, with string }{
		{`127\.0\.0\.(\d+):\d+`, "127.0.0.$1:PORT"},
		{`"duration_ms": [0-9.e-]+`, `"duration_ms": 1.5`},
		{`"(sent_bytes|received_bytes|bytes_acked)": [1-9]\d*`, `"$1": 99`},
		{`"days_left": \d+`, `"days_left": 99`},
		{`"20\d\d-[0-9TZ:-]+"`, `"2026-01-02T03:04:05Z"`},
		{`(less than 1|\b\d+) ms`, "N ms"},
		{`\b\d+ (bytes?|segments?)`, "N bytes"},
		{`\d+ of them`, "N of them"},
		{`\d+\.\d ms`, "N ms"}, {`\d+\.N ms`, "N ms"},
		{`TLS_[A-Z0-9_]+`, "CIPHER"}, {`\d+ days left`, "N days left"},
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.with)
	}
	return text
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux: elsewhere there is no TCP_INFO to show")
	}
	path := "testdata/" + file
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func document(t *testing.T, r probe.Report) string {
	t.Helper()
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return steady(string(text)) + "\n"
}

func TestTheJSONDocumentKeepsItsShape(t *testing.T) {
	running := start(t, lab.Options{Names: []string{"healthy", "tls-silent", "dns-failure"}})
	for i, file := range []string{"healthy.json", "tls-silent.json", "dns-failure.json"} {
		golden(t, file, document(t, run(t, toward(t, running, running.Backends()[i], shortened(running.Backends()[i].Governs)))))
	}
}

// text is what people see of a probe.
func text(t *testing.T, p probe.Plan) string {
	t.Helper()
	var out bytes.Buffer
	w := probe.Text{W: &out}
	report, err := probe.Run(t.Context(), p, w.Attempt)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Report(report); err != nil {
		t.Fatal(err)
	}
	return steady(out.String())
}

func TestTheTextForPeople(t *testing.T) {
	running := start(t, lab.Options{Names: []string{"healthy", "tls-silent"}})
	golden(t, "healthy.txt", text(t, toward(t, running, running.Backends()[0], patient)))
	golden(t, "tls-silent.txt", text(t, toward(t, running, running.Backends()[1], shortened("handshake"))))
}

func TestTheTableOfSeveralRounds(t *testing.T) {
	ms := func(ms float64, ok bool) probe.Step { return probe.Step{Name: "connect", OK: ok, DurationMS: ms} }
	r := probe.Report{Target: "a:1", Verdict: verdict.Verdict{ID: "healthy", Summary: "Fine."}, Addresses: []probe.Address{
		{Address: "203.0.113.7:443", Steps: []probe.Step{ms(1, true)}, Rounds: []probe.Spread{
			{Name: "connect", OK: 3, MinMS: 0.42, MedianMS: 12.4, MaxMS: 3210}, {Name: "send", Failed: 3}}},
	}}
	var out bytes.Buffer
	if err := (probe.Text{W: &out}).Report(r); err != nil {
		t.Fatal(err)
	}
	want := `
ADDRESS          STEP     GOOD  FAILED  MIN     MEDIAN  MAX
203.0.113.7:443  connect  3     0       0.4 ms  12 ms   3.2 s
203.0.113.7:443  send     0     3       -       -       -

verdict: healthy
  Fine.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestColourIsForTerminalsOnly(t *testing.T) {
	a := probe.Attempt{Address: "203.0.113.7:443", Verdict: verdict.Verdict{ID: verdict.NotTLS}}
	for colour, want := range map[bool]string{false: "203.0.113.7:443  not-tls\n", true: "203.0.113.7:443  \x1b[31mnot-tls\x1b[0m\n"} {
		var out bytes.Buffer
		probe.Text{W: &out, Colour: colour}.Attempt(a)
		if out.String() != want {
			t.Errorf("%q, want %q", out.String(), want)
		}
	}
}

func TestCertificatesSayHowLongTheyLast(t *testing.T) {
	for days, want := range map[int]string{90: ", 90 days left", 1: ", only 1 day left", 0: ", only 0 days left", -1: ", ended 1 day ago"} {
		c := probe.Certificate{Subject: "CN=a", Issuer: "CN=b", Names: []string{"a.example.com", "192.0.2.1"}, DaysLeft: days}
		if got := c.String(); got != "CN=a, issued by CN=b, for a.example.com, 192.0.2.1"+want {
			t.Errorf("%s", got)
		}
	}
}

// A backend may put anything into its certificate.
func TestACertificateCannotSteerTheTerminal(t *testing.T) {
	evil := selfSigned(t, "evil\x1b[2J\u009b31m", strings.Repeat("x", 5000))
	at := scripted(t, func(conn net.Conn) {
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{evil}}).Handshake()
	})
	p := plain(at)
	p.TLS = &channel.TLS{}
	shown := text(t, p)
	if strings.ContainsFunc(shown, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }) {
		t.Errorf("a control character in %q", shown)
	}
	if !strings.Contains(shown, "evil?[2J?31m") || len(shown) > 6000 {
		t.Errorf("%d bytes: %.3000s", len(shown), shown)
	}
}
