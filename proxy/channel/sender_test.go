package channel

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// pair is two ends of a TCP connection.
func pair(t *testing.T) (ours, theirs *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); accepted.Close() })
	return conn.(*net.TCPConn), accepted.(*net.TCPConn)
}

func TestASenderNeverWaits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sends nothing here")
	}
	ours, theirs := pair(t)
	var s Sender
	s.Open(ours)
	piece := bytes.Repeat([]byte("x"), 64<<10)
	total := 0
	for {
		n, err := s.Send(piece)
		if err != nil {
			t.Fatal(err)
		}
		total += n
		if n < len(piece) { // the peer reads nothing: at some point there is no more room
			break
		}
	}
	ours.CloseWrite()
	if got, err := io.Copy(io.Discard, theirs); err != nil || got != int64(total) {
		t.Errorf("%d bytes arrived of %d, %v", got, total, err)
	}
}

func TestASenderTellsWhatIsWrongAsWriteDoes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sends nothing here")
	}
	ours, theirs := pair(t)
	theirs.SetLinger(0)
	theirs.Close()
	var s Sender
	s.Open(ours)
	for deadline := time.Now().Add(5 * time.Second); ; {
		_, err := s.Send([]byte("x"))
		if err == nil {
			if time.Now().After(deadline) {
				t.Fatal("no error after a reset")
			}
			continue
		}
		var op *net.OpError
		if !errors.As(err, &op) || op.Op != "write" || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%#v", err)
		}
		return
	}
}

func TestWhatIsNoSocketOrIsClosedIsLeftToWrite(t *testing.T) {
	ours, _ := pair(t)
	ours.Close()
	pipe, _ := net.Pipe()
	for _, conn := range []net.Conn{ours, pipe} {
		var s Sender
		s.Open(conn)
		if n, err := s.Send([]byte("x")); n != 0 || err != nil {
			t.Errorf("%T: %d, %v", conn, n, err)
		}
	}
}

func TestAReceiverReadsAsItsConnectionDoes(t *testing.T) {
	ours, theirs := pair(t)
	var r Receiver
	r.Open(ours)
	room := make([]byte, 10)
	go func() {
		time.Sleep(10 * time.Millisecond) // the first read waits
		theirs.Write([]byte("hello"))
	}()
	if n, err := r.Read(room); string(room[:n]) != "hello" || err != nil {
		t.Errorf("%q, %v", room[:n], err)
	}
	compare := func(what string, is error) {
		t.Helper()
		_, got := r.Read(room)
		_, want := ours.Read(room)
		if !errors.Is(got, is) || got.Error() != want.Error() {
			t.Errorf("%s: %v; Read says %v", what, got, want)
		}
	}
	ours.SetReadDeadline(time.Unix(1, 0))
	compare("after the deadline", os.ErrDeadlineExceeded)
	ours.SetReadDeadline(time.Time{})
	theirs.CloseWrite()
	compare("at the end", io.EOF)
	ours.Close()
	compare("when closed", net.ErrClosed)
}

func TestADeadlineInterruptsAReceiver(t *testing.T) {
	ours, _ := pair(t)
	var r Receiver
	r.Open(ours)
	time.AfterFunc(10*time.Millisecond, func() { ours.SetReadDeadline(time.Unix(1, 0)) })
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

func TestAReceiverTellsOfAReset(t *testing.T) {
	ours, theirs := pair(t)
	var r Receiver
	r.Open(ours)
	theirs.SetLinger(0)
	theirs.Close()
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
}

func TestMovingBytesAllocatesNothing(t *testing.T) {
	ours, theirs := pair(t)
	var s Sender
	var r Receiver
	s.Open(ours)
	r.Open(theirs)
	room := make([]byte, 10)
	if n := testing.AllocsPerRun(100, func() {
		if n, err := s.Send(room); n < len(room) && err == nil {
			ours.Write(room[n:])
		}
		r.Read(room)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
