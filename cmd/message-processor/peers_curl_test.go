package main

import (
	"encoding/json"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// curl runs curl against a gateway in front of the lab and returns what it printed.
func curl(t *testing.T, args ...string) string {
	t.Helper()
	return toEnd(t, component(t, "curl"), append([]string{"--silent", "--show-error", "--max-time", "30"}, args...)...)
}

// echoed is what the healthy backend says about the request it received.
type echoed struct {
	Method  string
	Path    string
	Headers []string
	Bytes   int    `json:"body_bytes"`
	SHA256  string `json:"body_sha256"`
}

func echo(t *testing.T, document string) echoed {
	t.Helper()
	var e echoed
	if err := json.Unmarshal([]byte(document), &e); err != nil {
		t.Fatalf("%v in %q", err, document)
	}
	return e
}

// has finds a field line among those the backend received.
func (e echoed) has(field string) bool {
	for _, line := range e.Headers {
		if strings.HasPrefix(strings.ToLower(line), strings.ToLower(field)) {
			return true
		}
	}
	return false
}

func TestCurlIsServedInEachOfItsWays(t *testing.T) {
	t.Parallel()
	gateway := serving(t)
	url := gateway.gateway + "/lab/healthy"
	body := write(t, filepath.Join(t.TempDir(), "body"), strings.Repeat("a line of the body\n", 10_000))
	sum := hashOf(t, body)

	t.Run("HTTP/1.0", func(t *testing.T) {
		head, document, _ := strings.Cut(curl(t, "--http1.0", "--include", url), "\r\n\r\n")
		if !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(head, "\r\nConnection: close") {
			t.Errorf("the answer's head is\n%s", head)
		}
		if e := echo(t, document); e.Method != "GET" || e.Path != "/" {
			t.Errorf("the backend received %+v", e)
		}
	})
	t.Run("HTTP/1.0 with a streamed answer of unknown length", func(t *testing.T) {
		head, events, _ := strings.Cut(curl(t, "--http1.0", "--include", url+"?sse=3"), "\r\n\r\n")
		if strings.Contains(head, "Transfer-Encoding") || strings.Count(events, "\n\n") != 3 {
			t.Errorf("the answer is\n%s\n\n%s", head, events)
		}
	})
	t.Run("HTTP/1.1", func(t *testing.T) {
		report := curl(t, "--http1.1", "--write-out", "%{http_version} %{http_code}", "--output", "/dev/null", url)
		if report != "1.1 200" {
			t.Errorf("version and status %s", report)
		}
	})
	t.Run("HEAD", func(t *testing.T) {
		answer := curl(t, "--head", url+"?bytes=4096")
		if !strings.HasPrefix(answer, "HTTP/1.1 200 OK\r\n") || !strings.Contains(answer, "\r\nContent-Length: 4096\r\n") ||
			!strings.HasSuffix(answer, "\r\n\r\n") {
			t.Errorf("the answer is\n%s", answer)
		}
	})
	t.Run("upload that waits for 100 Continue", func(t *testing.T) {
		answer := curl(t, "--include", "--header", "Expect: 100-continue", "--expect100-timeout", "20", "--upload-file", body, url)
		interim, rest, _ := strings.Cut(answer, "\r\n\r\n")
		_, document, _ := strings.Cut(rest, "\r\n\r\n")
		e := echo(t, document)
		if interim != "HTTP/1.1 100 Continue" || e.Method != "PUT" || e.SHA256 != sum || e.has("Expect:") {
			t.Errorf("first %q, then the backend received %+v, want a body with SHA-256 %s", interim, e, sum)
		}
	})
}

func TestCurlUploadsFromAPipe(t *testing.T) {
	t.Parallel()
	gateway := serving(t)
	for _, option := range []string{"--upload-file", "--data-binary"} {
		argument := map[string]string{"--upload-file": "-", "--data-binary": "@-"}[option]
		command := exec.Command(component(t, "curl"), "--silent", "--show-error", "--header", "Transfer-Encoding: chunked",
			option, argument, gateway.gateway+"/lab/healthy")
		command.Stdin = strings.NewReader(strings.Repeat("from a pipe\n", 1000))
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		// Not streaming, the gateway knows the length when it sends.
		if e := echo(t, string(out)); e.Bytes != 12_000 || !e.has("Content-Length: 12000") || e.has("Transfer-Encoding:") {
			t.Errorf("%s: the backend received %+v", option, e)
		}
	}
}

func TestCurlReusesItsConnection(t *testing.T) {
	t.Parallel()
	gateway := serving(t)
	url := gateway.gateway + "/lab/healthy"
	opened := curl(t, "--write-out", "%{num_connects} ", url, "--output", "/dev/null", gateway.gateway+"/nowhere",
		"--output", "/dev/null", url, "--output", "/dev/null")
	if opened != "1 0 0 " {
		t.Errorf("connections opened for each of three URLs: %s", opened)
	}
}

func TestCurlShowsAFaultInFull(t *testing.T) {
	t.Parallel()
	gateway := serving(t, "--handshake-timeout", "200ms")
	answer := curl(t, "--include", gateway.gateway+"/lab/tls-silent")
	lines := strings.Split(answer, "\r\n")
	for i, line := range lines {
		if name, _, found := strings.Cut(line, ": "); found && (name == "Date" || name == "X-Apigee-Message-ID") {
			lines[i] = name
		}
	}
	want := []string{
		"HTTP/1.1 502 Bad Gateway",
		"Content-Type: application/json",
		"Date",
		"Content-Length: 104",
		"X-Apigee-fault-code: messaging.adaptors.http.BadGateway",
		"X-Apigee-fault-source: target",
		"X-Apigee-fault-flag: false",
		"X-Apigee-fault-policy: null/null",
		"X-Apigee-fault-revision: /organizations/acme/environments/test/apiproxies/lab-tls-silent/revisions/1",
		"X-Apigee-Message-ID",
		"",
		`{"fault":{"faultstring":"Bad Gateway","detail":{"errorcode":"messaging.adaptors.http.flow.BadGateway"}}}`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestClientsAreServedOverIPv6(t *testing.T) {
	t.Parallel()
	probe, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("needs IPv6: ", err)
	}
	probe.Close()
	gateway := serving(t, "--listen", "[::1]:0")
	if !strings.HasPrefix(gateway.gateway, "http://[::1]:") {
		t.Fatalf("listens on %s", gateway.gateway)
	}
	e := echo(t, curl(t, "--globoff", gateway.gateway+"/lab/healthy"))
	if !e.has("X-Forwarded-For: ::1") {
		t.Errorf("the backend received %+v", e)
	}
}
