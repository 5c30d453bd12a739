package lab

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadHelloTakesExactlyOneRecord(t *testing.T) {
	in := strings.NewReader("\x16\x03\x01\x00\x03abcrest")
	if err := readHello(in); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(in); string(rest) != "rest" {
		t.Errorf("%q is left, want %q", rest, "rest")
	}
	for _, cut := range []string{"", "\x16\x03", "\x16\x03\x01\x00\x03ab"} {
		if err := readHello(strings.NewReader(cut)); err == nil {
			t.Errorf("%q passes for a record", cut)
		}
	}
}

func TestAPartialResponseNeverSendsMoreThanItAnnounces(t *testing.T) {
	for _, c := range []struct{ sent, length, want int }{{0, 10, 0}, {3, 10, 3}, {10, 10, 10}, {11, 10, 10}} {
		_, body, _ := strings.Cut(partial(c.sent, c.length), "\r\n\r\n")
		if len(body) != c.want {
			t.Errorf("partial(%d, %d) has %d body bytes", c.sent, c.length, len(body))
		}
	}
}

func TestPaddingHasTheAskedSizeFromOneLineOn(t *testing.T) {
	for _, size := range []int{64, 999, 1000, 1999, 2000, 2001, 25_600, 25_601, 1 << 20} {
		if got := padding(size); len(got) != size || !strings.HasSuffix(got, "x\r\n") {
			t.Errorf("padding(%d) has %d bytes and ends in %q", size, len(got), got[len(got)-4:])
		}
	}
}

func TestFirstRecordLetsOneRecordThroughHoweverItIsWritten(t *testing.T) {
	const record, rest = "\x16\x03\x03\x00\x02hi", "\x14\x03\x03\x00\x01\x01"
	for _, writes := range [][]string{{record + rest}, {record, rest}, {record, rest, record}} {
		sink := &writeOnly{}
		c := &firstRecord{Conn: sink}
		for _, w := range writes {
			if n, err := io.WriteString(c, w); n != len(w) || err != nil {
				t.Errorf("writing %q: %d, %v", w, n, err)
			}
		}
		if got := sink.String(); got != record {
			t.Errorf("%q: %q came through, want %q", writes, got, record)
		}
	}
}

// writeOnly is a connection that keeps what is written; any other call crashes the test.
type writeOnly struct {
	net.Conn
	bytes.Buffer
}

func (w *writeOnly) Read([]byte) (int, error)    { panic("read") }
func (w *writeOnly) Write(p []byte) (int, error) { return w.Buffer.Write(p) }

func TestOffsetsReadTheSameHoweverTheyAreRead(t *testing.T) {
	const size = 1000
	whole := make([]byte, size)
	io.ReadFull(&offsets{}, whole)
	oneByOne := make([]byte, size)
	io.ReadFull(iotest.OneByteReader(&offsets{}), oneByOne)
	if !bytes.Equal(whole, oneByOne) {
		t.Error("reading one by one differs")
	}
	if line := fmt.Sprintf("%063d\n", 128); string(whole[128:192]) != line {
		t.Errorf("the third line is %q", whole[128:192])
	}
}

func TestRequestsThatFollowEachOtherAtOnceAreAnsweredInOrder(t *testing.T) {
	l, b := startOne(t, "status-503")
	_, in := ask(t, l, b, "POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 4\r\n\r\nbody"+get+"GET / HTTP/1.0\r\n\r\n")
	for range 3 {
		if resp, body := readResponse(t, in, "GET"); resp.StatusCode != 503 || body != "down for repair\n" {
			t.Errorf("status %d, body %q", resp.StatusCode, body)
		}
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the request of HTTP/1.0: %v, want the end", err)
	}
}

func TestWhatIsNoRequestEndsTheConnection(t *testing.T) {
	l, b := startOne(t, "status-503")
	for _, text := range []string{"\r\n\r\n", "nonsense\r\n\r\n", "POST / HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"} {
		_, in := ask(t, l, b, text)
		if n, err := in.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("%q: %d, %v; want the end", text, n, err)
		}
	}
}

func TestHealthyAnswersABrokenBodyAndCloses(t *testing.T) {
	l, b := startOne(t, "healthy")
	_, in := ask(t, l, b, "POST / HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")
	if resp, _ := readResponse(t, in, "POST"); resp.StatusCode != 400 || !resp.Close {
		t.Errorf("status %d, close %v", resp.StatusCode, resp.Close)
	}
	if _, err := in.ReadByte(); err == nil {
		t.Error("the connection stays open")
	}
}

// What a client masks comes back as it was; anything else is an error, never a panic or a large allocation.
func FuzzFrames(f *testing.F) {
	f.Add(byte(1), []byte("hello"), []byte{})
	f.Add(byte(pingFrame), []byte{}, []byte("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add(byte(2), bytes.Repeat([]byte{0xff}, 70_000), []byte("\x81\xfe\x00"))
	f.Fuzz(func(t *testing.T, opcode byte, payload, wild []byte) {
		first, got, err := readFrame(bytes.NewReader(maskedFrame(opcode, string(payload))))
		if len(payload) <= maxFrame && (err != nil || first != opcode|0x80 || !bytes.Equal(got, payload)) {
			t.Errorf("opcode %d, payload %q: %x, %q, %v", opcode, payload, first, got, err)
		}
		if _, got, err := readFrame(bytes.NewReader(wild)); err == nil && len(got) > len(wild) {
			t.Errorf("%d bytes out of %d", len(got), len(wild))
		}
	})
}

func TestEchoFrameStopsWhenItCannotAnswer(t *testing.T) {
	broken := errors.New("broken")
	rw := struct {
		io.Reader
		io.Writer
	}{bytes.NewReader(maskedFrame(1, "x")), &failing{broken}}
	if err := echoFrame(rw); err != broken {
		t.Errorf("error is %v", err)
	}
}

type failing struct{ err error }

func (f *failing) Write([]byte) (int, error) { return 0, f.err }

func TestConnectionsWithBufferedBytesReadThemFirst(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	in := bufio.NewReader(server)
	go io.WriteString(client, "GET")
	in.Peek(1)
	c := &buffered{Conn: server, in: in}
	p := make([]byte, 3)
	if n, err := io.ReadFull(c, p); err != nil || string(p[:n]) != "GET" {
		t.Errorf("read %q, %v", p[:n], err)
	}
}
