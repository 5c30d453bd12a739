package lab

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// front is a server of one connection; what it was sent comes out of the channel when both are done.
func front(t *testing.T, serve func(conn *net.TCPConn, in *bufio.Reader)) (address string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	all := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		var sent strings.Builder
		in := bufio.NewReader(io.TeeReader(conn, &sent))
		serve(conn.(*net.TCPConn), in)
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, in)
		all <- sent.String()
	}()
	return l.Addr().String(), all
}

func client(t *testing.T, name string) Client {
	t.Helper()
	i := slices.IndexFunc(Clients(), func(c Client) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no client %s", name)
	}
	return Clients()[i]
}

const busy = "HTTP/1.1 503 Too Busy\r\nX-Apigee-fault-code: some.code\r\nContent-Length: 3\r\n\r\nnot"

// answering reads the head and the body it can see, and answers.
func answering(conn *net.TCPConn, in *bufio.Reader) {
	for line := "-"; strings.TrimSpace(line) != ""; {
		line, _ = in.ReadString('\n')
	}
	io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\n\r\n"+busy)
}

func TestEveryClientSendsItsRequestAndReadsTheAnswer(t *testing.T) {
	for name, want := range map[string]string{
		"request-timeout":               "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhello",
		"application-not-found":         "GET /no-such-api-proxy HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"request-body-too-big":          "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Type: text/plain\r\nContent-Length: 10485761\r\n\r\n" + strings.Repeat("x", 10<<20+1),
		"request-line-too-big":          "GET /x?" + strings.Repeat("x", 7200) + " HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"request-headers-too-big":       "GET /x HTTP/1.1\r\nHost: HOST\r\n" + padding(26_000) + "\r\n",
		"duplicate-header":              "GET /x HTTP/1.1\r\nHost: HOST\r\nExpires: 0\r\nExpires: 1\r\n\r\n",
		"request-decompression-failure": "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 33\r\n\r\n" + uncompressed,
		"unsupported-encoding":          "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Type: text/plain\r\nContent-Encoding: br\r\nContent-Length: 33\r\n\r\n" + uncompressed,
		"length-required":               "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Type: text/plain\r\n\r\n",
		"empty-header-name":             "GET /x HTTP/1.1\r\nHost: HOST\r\n: nameless\r\n\r\n",
		"header-name-non-ascii":         "GET /x HTTP/1.1\r\nHost: HOST\r\nX-Größe: 1\r\n\r\n",
		"header-invalid-char":           "GET /x HTTP/1.1\r\nHost: HOST\r\nX-Bad(Name): 1\r\n\r\n",
		"malformed-request":             "GET /x HTTP/1.1\r\nHost: HOST\r\nthis line has no colon\r\n\r\n",
		"method-not-supported":          "CONNECT HOST HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"version-not-supported":         "GET /x HTTP/2.0\r\nHost: HOST\r\n\r\n",
		"client-leaves":                 "GET /x HTTP/1.1\r\nHost: HOST\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			address, sent := front(t, answering)
			a, err := client(t, name).Send(t.Context(), address, "/x")
			if err != nil || a.Status != 503 || a.Line != "HTTP/1.1 503 Too Busy" || string(a.Body) != "not" || a.Header.Get("X-Apigee-fault-code") != "some.code" || a.Left {
				t.Errorf("answer %+v, %v", a, err)
			}
			want = strings.ReplaceAll(want, "HOST", address)
			if got := <-sent; got != want && (len(want) < 1<<20 || !strings.HasPrefix(want, got)) { // who has its answer may stop
				t.Errorf("sent %.300q, want %.300q", got, want)
			}
		})
	}
}

func TestEveryClientSaysWhatItDoesAndWhichFaultItIsAfter(t *testing.T) {
	file, err := os.ReadFile("testdata/fault-ids.txt")
	if err != nil {
		t.Fatal(err)
	}
	ids, seen := strings.Fields(string(file)), map[string]bool{}
	for _, c := range Clients() {
		if len(c.Does) < 10 || len(c.Does) > 80 || c.Path[0] != '/' || !slices.Contains(ids, c.Fault) || seen[c.Name] {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
	}
}

func TestTheClientThatLeavesDoesSoWithoutAnAnswer(t *testing.T) {
	address, sent := front(t, func(_ *net.TCPConn, in *bufio.Reader) { io.Copy(io.Discard, in) })
	c := client(t, "client-leaves")
	began := time.Now()
	a, err := c.Send(t.Context(), address, "")
	if err != nil || !a.Left || time.Since(began) < c.leaves {
		t.Errorf("%+v, %v after %v", a, err, time.Since(began))
	}
	if got := <-sent; !strings.HasPrefix(got, "GET /lab/response-silent HTTP/1.1\r\n") {
		t.Errorf("sent %q", got)
	}
}

func TestAClientWithoutAnAnswerGivesUpWithItsContext(t *testing.T) {
	address, _ := front(t, func(_ *net.TCPConn, in *bufio.Reader) { io.Copy(io.Discard, in) })
	ctx, cancel := context.WithTimeoutCause(t.Context(), silence, errors.New("enough"))
	defer cancel()
	if _, err := client(t, "request-timeout").Send(ctx, address, ""); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("error is %v", err)
	}
}

func TestWhatIsNoAnswerIsAnError(t *testing.T) {
	for _, text := range []string{"", "SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + strings.Repeat("x", maxAnswer)} {
		if a, err := readAnswer(strings.NewReader(text)); err == nil {
			t.Errorf("%.60q: %d", text, a.Status)
		}
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if _, err := client(t, "length-required").Send(t.Context(), closed.Addr().String(), ""); err == nil {
		t.Error("nobody listens, and there is no error")
	}
}
