package incident

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/faults"
)

// seed is the playbook's own line, as it prints it.
const seed = "org:xxx env:xxx api:xxx rev:x messageid:<MESSAGE_ID> NIOThread@1 ERROR HTTP.CLIENT - HTTPClient$Context.handshakeTimeout() : " +
	"SSLClientChannel[Connected: Remote:X.X.X.X:443 Local:X.X.X.X]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true handshake timeout\n"

func readAll(t *testing.T, input string) []Incident {
	t.Helper()
	all, err := Read(t.Context(), strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestThePlaybooksLineIsAHandshakeTimeoutAfter55Seconds(t *testing.T) {
	i := readAll(t, seed)[0]
	if i.Fault.ID != faults.BadGatewayTLSHandshakeTimeout || i.Does != "tls-silent" || i.Timer != "handshake_timeout" || i.After != 55*time.Second {
		t.Errorf("%+v", i)
	}
	if i.Organization != "xxx" || i.Line != strings.TrimSpace(seed) {
		t.Errorf("%q, %q", i.Organization, i.Line)
	}
}

func TestWhereItBrokeDecides(t *testing.T) {
	eof := func(what string) string {
		return "org:o env:e api:a rev:7 messageid:m-1-1-1 NIOThread@1 ERROR HTTP.CLIENT - HTTPClient$Context$3.onException() :  SSLClientChannel[C:1.2.3.4:443 Remote host:1.2.3.4:5]@9 " +
			what + " age=40107ms lastIO=12832ms  .onExceptionRead exception: {}\njava.io.EOFException: eof unexpected\n"
	}
	for line, want := range map[string]string{
		eof("useCount=1 bytesRead=0 bytesWritten=0"):    "tls-close",
		eof("useCount=6 bytesRead=0 bytesWritten=824"):  "stale-keepalive",
		eof("useCount=1 bytesRead=0 bytesWritten=824"):  "eof-before-response",
		eof("useCount=1 bytesRead=99 bytesWritten=824"): "eof-in-body",
	} {
		if i := readAll(t, line)[0]; i.Does != want || i.Revision != 7 {
			t.Errorf("%s, want %s: %s", i.Does, want, line)
		}
	}
}

// Numbers that no configuration can have are unknown, whether the line or its channel has them.
func TestNumbersBeyondAllBounds(t *testing.T) {
	for rev, want := range map[string]int{"2147483647": 2147483647, "2147483648": 0, "99999999999999999999": 0, "-1": 0, "x": 0} {
		line := "org:o env:e api:a rev:" + rev + " messageid:m-1-1-1 NIOThread@1 ERROR HTTP.CLIENT - HTTPClient$Context.handshakeTimeout() :  " +
			"SSLClientChannel[C:1.2.3.4:443 Remote host:1.2.3.4:5]@9 useCount=1 bytesRead=0 bytesWritten=0 age=999999999999999ms lastIO=999999999999999ms handshake timeout"
		i := readAll(t, line)[0]
		if i.Revision != want {
			t.Errorf("revision %s is read as %d, want %d", rev, i.Revision, want)
		}
		if _, err := config.Parse("incident", []byte(i.Configuration(1)), config.Overrides{}); err != nil {
			t.Errorf("revision %s: %v", rev, err)
		}
	}
}

func TestACaptureOfThePlaybookIsAFirewallsHandshakeTimeout(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "packets", "testdata", "playbook.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	i := readAll(t, string(content))[0]
	if i.Does != "tls-blackhole" || i.After != 55*time.Second || i.Fault.Status != 502 {
		t.Errorf("%+v", i)
	}
}

func TestWhatIsNoIncidentIsToldWithWhatIsWanted(t *testing.T) {
	for _, input := range []string{"", "hello\x1b", "<html></html>", "<DebugSession><Message>", "\x1f\x8bnothing", strings.Replace(seed, "handshakeTimeout", "other", 1)} {
		_, err := Read(t.Context(), strings.NewReader(input))
		if !errors.Is(err, ErrUnknown) || strings.ContainsRune(err.Error(), 0x1b) {
			t.Errorf("%q: %v", input, err)
		}
	}
}

func TestTimesAreDividedBySpeed(t *testing.T) {
	i := readAll(t, seed)[0]
	for speed, want := range map[float64]time.Duration{1: 55 * time.Second, 10: 5500 * time.Millisecond, 1e9: time.Millisecond, 0.5: 110 * time.Second} {
		if got := i.Wait(speed); got != want {
			t.Errorf("%vx: %v, want %v", speed, got, want)
		}
	}
}

// Whatever is recognised, the configuration made of it is one.
func FuzzRead(f *testing.F) {
	f.Add([]byte(seed))
	f.Add([]byte("<DebugSession><Organization>a\nb</Organization><Messages><Message><Header name=\"X-Apigee.fault-code\">messaging.adaptors.http.BadGateway</Header></Message></Messages></DebugSession>"))
	if content, err := os.ReadFile(filepath.Join("..", "packets", "testdata", "playbook.pcap")); err == nil {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		all, err := Read(context.Background(), bytes.NewReader(input))
		if (err == nil) != (len(all) > 0) {
			t.Fatalf("%d incidents, %v", len(all), err)
		}
		for n := range all[:min(len(all), 20)] {
			text := all[n].Configuration(10)
			if _, err := config.Parse("incident", []byte(text), config.Overrides{}); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
		}
	})
}
