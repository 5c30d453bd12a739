package systemlog

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// moment is the handshake timeout of the contract, in local time as the file has it.
var moment = time.Date(2026, 11, 22, 10, 15, 42, 330e6, time.Local)

const handshakeMessage = "HTTPClient$Context.handshakeTimeout() : SSLClientChannel[Connected: Remote:203.0.113.7:443 " +
	"Local:10.0.0.5:42828]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true handshake timeout"

// rendered is what a Writer makes of the events that log writes through it.
func rendered(t *testing.T, format string, log func(*Writer)) string {
	t.Helper()
	var out bytes.Buffer
	w := open(t, Options{Stdout: &out, Format: format})
	log(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func open(t *testing.T, o Options) *Writer {
	t.Helper()
	w, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func flush(t *testing.T, w *Writer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := w.Flush(ctx); err != nil {
		t.Fatal("flush:", err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// gate is a stream whose Write waits until it is opened, like a disk that hangs.
type gate struct {
	opened chan struct{}

	mu  sync.Mutex
	buf bytes.Buffer
}

func newGate() *gate { return &gate{opened: make(chan struct{})} }

func (g *gate) open() { close(g.opened) }

func (g *gate) Write(p []byte) (int, error) {
	<-g.opened
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.buf.Write(p)
}

func (g *gate) lines() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Split(strings.TrimSuffix(g.buf.String(), "\n"), "\n")
}

// broken is a stream that takes only some bytes of each write until it is mended.
type broken struct {
	takes int

	mu  sync.Mutex
	err error
	buf bytes.Buffer
}

func (b *broken) mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = nil
}

func (b *broken) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		n, _ := b.buf.Write(p[:min(b.takes, len(p))])
		return n, b.err
	}
	return b.buf.Write(p)
}

func (b *broken) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
