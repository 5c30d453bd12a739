package lab

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outcomes says what an ordinary client makes of each backend: the standard library's, with the lab's authority, limits
// like the gateway's, and little patience. "timeout" is that patience, everything else comes from the backend.
var outcomes = map[string]string{
	"healthy":                      "200",
	"tls-silent":                   "timeout",
	"tls-blackhole":                "timeout",
	"tls-slow":                     "200",
	"tls-stall-after-server-hello": "timeout",
	"tls-close":                    "end",
	"tls-reset":                    "reset",
	"tls-alert":                    "alert",
	"tls-old-version":              "alert",
	"tls-no-common-cipher":         "alert",
	"tls-unknown-ca":               "certificate",
	"tls-expired":                  "certificate",
	"tls-wrong-name":               "certificate",
	"tls-client-cert-required":     "alert",
	"plain-on-tls-port":            "not TLS",
	"connect-refused":              "refused",
	"connect-timeout":              "timeout",
	"response-silent":              "timeout",
	"response-stalls":              "timeout",
	"eof-before-response":          "end",
	"eof-in-headers":               "end",
	"eof-in-body":                  "end",
	"stale-keepalive":              "end",
	"broken-pipe":                  "reset",
	"big-headers":                  "headers",
	"big-line":                     "200",
	"big-body":                     "200",
	"405-without-allow":            "405",
	"306":                          "306",
	"204-with-body":                "204",
	"status-503":                   "503",
	"slow-body":                    "200",
	"malformed-response":           "malformed",
	"bad-gzip":                     "coding",
	"bad-deflate":                  "200",
	"unsupported-encoding":         "200",
	"unreachable":                  "unreachable",
	"proxy-refuses-tunnel":         "403",
	"all-servers-down":             "refused",
}

func TestWhatAnOrdinaryClientMakesOfEachBackend(t *testing.T) {
	l := startLab(t, Options{Set: map[string]string{"tls-slow.delay": "10ms", "slow-body.interval": "10ms", "broken-pipe.delay": "50ms"}})
	t.Run("clients", func(t *testing.T) {
		for _, b := range l.Backends() {
			if b.Name == "dns-failure" || !b.Available {
				continue // asks whatever resolver the machine has; explained by another test
			}
			t.Run(b.Name, func(t *testing.T) {
				t.Parallel()
				if got, err := visit(l, b); got != outcomes[b.Name] {
					t.Errorf("%s (%v), want %s", got, err, outcomes[b.Name])
				}
			})
		}
	})
}

// visit sends a request with a body to b, to stale-keepalive another one on the same connection, and tells how the last one
// went. POST, because a client may send GET again by itself.
func visit(l *Lab, b Backend) (string, error) {
	transport := &http.Transport{
		TLSClientConfig:        &tls.Config{RootCAs: l.CA()},
		MaxResponseHeaderBytes: 25_600,
	}
	defer transport.CloseIdleConnections()
	limit := 5 * time.Second
	if b.Governs != "" {
		limit = 3 * silence
	}
	client := &http.Client{Transport: transport, Timeout: limit}
	size := 1000 // small: the client's writer and reader would race to report the end
	if b.Name == "broken-pipe" {
		size = 1 << 20
	}
	outcome, err := post(client, b.URL, size)
	if b.Name == "stale-keepalive" && err == nil {
		outcome, err = post(client, b.URL, size)
	}
	return outcome, err
}

func post(client *http.Client, url string, size int) (string, error) {
	resp, err := client.Post(url, "text/plain", strings.NewReader(strings.Repeat("x", size)))
	if err != nil {
		return class(err), err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return class(err), err
	}
	return fmt.Sprint(resp.StatusCode), nil
}

// class is the kind of a client's error.
func class(err error) string {
	var op *net.OpError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.As(err, &verification):
		return "certificate"
	case errors.As(err, &op) && op.Op == "remote error":
		return "alert"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "unreachable"
	case errors.Is(err, gzip.ErrHeader):
		return "coding"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case os.IsTimeout(err):
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "end"
	}
	for text, kind := range map[string]string{
		"HTTP response to HTTPS client": "not TLS",
		"response headers exceeded":     "headers",
		"malformed MIME header":         "malformed",
	} {
		if strings.Contains(err.Error(), text) {
			return kind
		}
	}
	return "unknown"
}

func TestEveryBackendHasAnOutcome(t *testing.T) {
	for _, n := range Names() {
		if _, ok := outcomes[n]; !ok && n != "dns-failure" {
			t.Errorf("no outcome is stated for %s", n)
		}
	}
}

// Faults of the same kind are not to look different to the client: the catalogue's ids follow from what it sees.
func TestOutcomesFitTheFaults(t *testing.T) {
	fits := map[string][]string{
		"":                          {"200"},
		handshakeTimeout:            {"timeout"},
		"target_connect_timeout":    {"timeout"},
		ioTimeout:                   {"timeout"},
		unexpectedEOF:               {"end", "reset", "not TLS"},
		handshakeAlert:              {"alert"},
		"target_connection_refused": {"refused"},
		"target_premature_close":    {"reset"},
		"malformed_response":        {"malformed"},
		"target_unreachable":        {"unreachable"},
		"no_active_targets":         {"refused"},
	}
	for _, i := range Table() {
		want, ok := fits[i.Fault]
		if strings.HasPrefix(i.Fault, "ssl_") && !ok {
			want, ok = []string{"certificate"}, true
		}
		if got := outcomes[i.Name]; ok && !strings.Contains(strings.Join(want, ";"), got) {
			t.Errorf("%s causes %q, but a client sees %q", i.Name, i.Fault, got)
		}
	}
}

func TestManyClientsOfHealthyAtOnce(t *testing.T) {
	l, b := startOne(t, "healthy")
	const clients, requests = 40, 5
	results := make(chan string)
	for range clients {
		go func() {
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: l.CA()}}
			defer transport.CloseIdleConnections()
			for range requests {
				outcome, _ := post(&http.Client{Transport: transport, Timeout: patience}, b.URL, 100_000)
				results <- outcome
			}
		}()
	}
	got := map[string]int{}
	for range clients * requests {
		got[<-results]++
	}
	if diff := cmp.Diff(map[string]int{"200": clients * requests}, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever state the backends' connections are in, closing ends them; goleak looks for what is left.
func TestClosingEndsEveryBackendInTheMiddleOfItsWork(t *testing.T) {
	for _, begin := range []string{"", "\x16\x03\x01", "tls", get[:20], get} {
		l, err := Start(context.Background(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range l.Backends() {
			if outcomes[b.Name] == "" || !b.Available || l.servers[b.Name] == nil {
				continue
			}
			raw := dialTCP(t, b)
			switch {
			case begin == "tls":
				sendHello(t, raw, tls.VersionTLS13)
			case strings.HasPrefix(begin, "GET"):
				go io.WriteString(tls.Client(raw, &tls.Config{InsecureSkipVerify: true}), begin)
			default:
				io.WriteString(raw, begin)
			}
		}
		start := time.Now()
		if err := l.Close(); err != nil || time.Since(start) > drainTime/2 {
			t.Errorf("after %q: Close took %v, %v", begin, time.Since(start), err)
		}
	}
}
