package lab

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ask sends one request and returns what there is to read.
func ask(t testing.TB, l *Lab, b Backend, request string) (*tls.Conn, *bufio.Reader) {
	t.Helper()
	conn := dialTLS(t, l, b)
	send(t, conn, request)
	return conn, bufio.NewReader(conn)
}

func TestResponseSilentNeverAnswersAndClosesWithItsPeer(t *testing.T) {
	l, b := startOne(t, "response-silent")
	conn, in := ask(t, l, b, get)
	staysSilent(t, conn)
	conn.NetConn().(*net.TCPConn).CloseWrite()
	conn.SetReadDeadline(time.Now().Add(patience))
	if n, err := io.Copy(io.Discard, in); n != 0 || err != nil {
		t.Errorf("after our FIN: %d bytes, %v; want its FIN", n, err)
	}
}

func TestResponseStallsInTheMiddleOfTheBody(t *testing.T) {
	l, b := startOne(t, "response-stalls", "sent=7", "length=20")
	conn, in := ask(t, l, b, get)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.ContentLength != 20 {
		t.Fatalf("%v, %v", resp, err)
	}
	if _, err := io.ReadFull(in, make([]byte, 7)); err != nil {
		t.Fatal(err)
	}
	if in.Buffered() > 0 {
		t.Errorf("%d bytes too many", in.Buffered())
	}
	staysSilent(t, conn)
}

// Everything these backends send on a connection before its FIN, although the request has a large body.
func TestCutOffResponsesEndInFIN(t *testing.T) {
	for name, want := range map[string]string{
		"eof-before-response": "",
		"eof-in-headers":      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/pl",
		"eof-in-body":         partial(500, 1000),
	} {
		t.Run(name, func(t *testing.T) {
			l, b := startOne(t, name)
			_, in := ask(t, l, b, "POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 200000\r\n\r\n"+strings.Repeat("x", 200_000))
			if got, err := io.ReadAll(in); string(got) != want || err != nil {
				t.Errorf("read %q, then %v; want %q, then FIN", got, err, want)
			}
		})
	}
}

// A backend that crashed cannot say close_notify, one that closes on purpose does. TLS 1.2 shows alerts on the wire.
func TestOnlyBackendsThatCloseOnPurposeSayCloseNotify(t *testing.T) {
	for name, want := range map[string]bool{"healthy": true, "eof-before-response": false, "eof-in-body": false, "malformed-response": false} {
		l, b := startOne(t, name)
		config := trusting(l, b)
		config.MaxVersion = tls.VersionTLS12
		tap := &tapped{Conn: dialTCP(t, b)}
		conn := tls.Client(tap, config)
		send(t, conn, "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
		io.Copy(io.Discard, conn)
		if got := tap.hasAlert(); got != want {
			t.Errorf("%s: alert %v, want %v", name, got, want)
		}
	}
}

// tapped keeps what is read.
type tapped struct {
	net.Conn
	read []byte
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read = append(c.read, p[:n]...)
	return n, err
}

// hasAlert walks through the TLS records.
func (c *tapped) hasAlert() bool {
	for p := c.read; len(p) >= recordHeader; p = p[recordHeader+recordLength(p):] {
		if p[0] == 0x15 {
			return true
		}
	}
	return false
}

func TestEOFInBodyNamesALengthItDoesNotReach(t *testing.T) {
	l, b := startOne(t, "eof-in-body", "sent=3", "length=9")
	_, in := ask(t, l, b, get)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.ContentLength != 9 {
		t.Fatalf("%v, %v", resp, err)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "xxx" || err == nil {
		t.Errorf("body %q, %v", body, err)
	}
}

func TestStaleKeepaliveClosesWhenTheNextRequestArrives(t *testing.T) {
	l, b := startOne(t, "stale-keepalive", "uses=2")
	conn, in := ask(t, l, b, get)
	readResponse(t, in, "GET")
	send(t, conn, get)
	if resp, _ := readResponse(t, in, "GET"); resp.Close || resp.Header.Get("Connection") != "keep-alive" {
		t.Errorf("the second answer says Connection: %q", resp.Header.Get("Connection"))
	}
	staysSilent(t, conn) // still open: a look at the idle connection shows nothing
	conn.SetReadDeadline(time.Now().Add(patience))
	send(t, conn, get[:3])
	if n, err := in.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the third request's first bytes: %d, %v; want an orderly end", n, err)
	}
}

func TestStaleKeepaliveAnswersEveryFreshConnection(t *testing.T) {
	l, b := startOne(t, "stale-keepalive")
	for range 3 {
		_, in := ask(t, l, b, get)
		if resp, _ := readResponse(t, in, "GET"); resp.StatusCode != 200 {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
}

func TestBrokenPipeFailsTheWriteOfALargeBody(t *testing.T) {
	l, b := startOne(t, "broken-pipe")
	conn := dialTLS(t, l, b)
	send(t, conn, "POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 1048576\r\n\r\n")
	n, err := io.WriteString(conn, strings.Repeat("x", 1<<20))
	if err == nil {
		t.Fatal("all of 1 MB was written")
	}
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		t.Errorf("after %d bytes: %v, want a reset", n, err)
	}
}

func TestBrokenPipeResetsAfterASmallRequestToo(t *testing.T) {
	l, b := startOne(t, "broken-pipe", "delay=1ms")
	_, in := ask(t, l, b, get)
	if _, err := in.ReadByte(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read: %v, want a reset", err)
	}
}

func TestBigHeadersHasExactlyTheBytesItSays(t *testing.T) {
	for _, size := range []string{"26000", "25601", "100", "3999"} {
		l, b := startOne(t, "big-headers", "bytes="+size)
		_, in := ask(t, l, b, get)
		head := readHeadLines(t, in)
		fields := 0
		for _, line := range head[1:] {
			fields += len(line)
			if len(line) > 2000 {
				t.Errorf("a line of %d bytes", len(line))
			}
		}
		if !strings.Contains(b.Does, size) || strconv.Itoa(fields) != size {
			t.Errorf("%d bytes of fields; it %q", fields, b.Does)
		}
	}
}

// readHeadLines reads a response head: its lines with their CRLF, without the empty one.
func readHeadLines(t testing.TB, in *bufio.Reader) []string {
	t.Helper()
	var lines []string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "\r\n" {
			return lines
		}
		lines = append(lines, line)
	}
}

func TestBigLineHasExactlyTheBytesItSays(t *testing.T) {
	l, b := startOne(t, "big-line")
	_, in := ask(t, l, b, get)
	if line := readHeadLines(t, in)[0]; len(line) != 2_100+len("\r\n") || !strings.HasPrefix(line, "HTTP/1.1 200 x") {
		t.Errorf("status line of %d bytes: %.20q", len(line), line)
	}
}

func TestBigBodyAnnouncesAndSendsOneByteMoreThanTheLimit(t *testing.T) {
	l, b := startOne(t, "big-body")
	_, in := ask(t, l, b, get)
	const want = 10<<20 + 1
	if resp, body := readResponse(t, in, "GET"); resp.ContentLength != want || len(body) != want {
		t.Errorf("announced %d, sent %d, want %d", resp.ContentLength, len(body), want)
	}
}

// These answer and stay open, so they are asked twice on one connection, the second time for the head alone.
func TestAnswersThatAreWrongButComplete(t *testing.T) {
	for name, want := range map[string]struct {
		line, body string
	}{
		"405-without-allow": {"HTTP/1.1 405 Method Not Allowed\r\n", "not allowed\n"},
		"306":               {"HTTP/1.1 306 Unused\r\n", ""},
		"status-503":        {"HTTP/1.1 503 Service Unavailable\r\n", "down for repair\n"},
	} {
		t.Run(name, func(t *testing.T) {
			l, b := startOne(t, name)
			conn, in := ask(t, l, b, get)
			resp, body := readResponse(t, in, "GET")
			if got := "HTTP/1.1 " + resp.Status + "\r\n"; got != want.line || body != want.body || resp.Header.Get("Allow") != "" {
				t.Errorf("answer %q, body %q, fields %v", got, body, resp.Header)
			}
			send(t, conn, "HEAD / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
			readHeadLines(t, in)
			if rest, _ := io.ReadAll(in); len(rest) > 0 {
				t.Errorf("%q follows the answer to HEAD", rest)
			}
		})
	}
}

func TestAnswersAfterWhichNobodyKnowsWhereTheyEnd(t *testing.T) {
	for name, want := range map[string]string{
		"204-with-body":      "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nnone\n",
		"malformed-response": "HTTP/1.1 200 OK\r\nthis line has no colon\r\nContent-Length: 0\r\n\r\n",
	} {
		l, b := startOne(t, name)
		_, in := ask(t, l, b, get)
		if got, _ := io.ReadAll(in); string(got) != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestSlowBodySendsItsHeadAtOnceAndItsBodyInPieces(t *testing.T) {
	const interval = 200 * time.Millisecond
	l, b := startOne(t, "slow-body", "pieces=2", "interval="+interval.String())
	start := time.Now()
	conn, in := ask(t, l, b, get)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || in.Buffered() > 0 {
		t.Fatalf("%d bytes came with the head, %v", in.Buffered(), err)
	}
	for i := 1; i <= 2; i++ {
		if _, err := io.ReadFull(resp.Body, make([]byte, 16)); err != nil || time.Since(start) < time.Duration(i)*interval {
			t.Errorf("piece %d after %v, %v", i, time.Since(start), err)
		}
	}
	send(t, conn, get)
	if _, body := readResponse(t, in, "GET"); len(body) != 32 {
		t.Errorf("the next answer on the connection has %d bytes", len(body))
	}
}

func TestPausesEndWithTheLab(t *testing.T) {
	for _, b := range []struct{ name, setting string }{
		{"slow-body", "interval=1h"}, {"tls-slow", "delay=1h"}, {"broken-pipe", "delay=1h"}, {"tls-blackhole", "hold=1h"}, {"response-silent", ""},
	} {
		o := Options{Names: []string{b.name}, Set: map[string]string{}}
		if knob, value, ok := strings.Cut(b.setting, "="); ok {
			o.Set[b.name+"."+knob] = value
		}
		l := startLab(t, o)
		if backend := l.Backends()[0]; backend.Available {
			conn := tls.Client(dialTCP(t, backend), trusting(l, backend))
			go io.WriteString(conn, get)
		}
		closed := make(chan error)
		go func() { closed <- l.Close() }()
		select {
		case <-closed:
		case <-time.After(patience):
			t.Fatalf("%s does not end", b.name)
		}
	}
}

func TestAnEndlessHeadIsNotRead(t *testing.T) {
	l, b := startOne(t, "response-silent")
	conn := dialTLS(t, l, b)
	send(t, conn, "GET / HTTP/1.1\r\nHost: lab\r\nX-Endless: ")
	go io.WriteString(conn, strings.Repeat("x", 2*maxHead))
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read %d, %v; want FIN", n, err)
	}
}
