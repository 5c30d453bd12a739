package channel

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// watch is a peer that reports what it read and how that ended, after step.
func watch(t *testing.T, step func(net.Conn)) (target func(*TLS) *Target, end func() (read []byte, err error)) {
	var seen bytes.Buffer
	ended := make(chan error, 1)
	address := serve(t, func(conn net.Conn) {
		step(conn)
		_, err := io.Copy(&seen, conn)
		ended <- err
	})
	target = func(settings *TLS) *Target { return toward(address, settings, patient) }
	end = func() ([]byte, error) {
		err := <-ended
		return seen.Bytes(), err
	}
	return target, end
}

func nothing(net.Conn) {}

func TestAStuckHandshakeEndsWithFINAndNoAlert(t *testing.T) {
	target, end := watch(t, nothing)
	stuck := target(&TLS{})
	stuck.timeouts.Handshake = 50 * time.Millisecond
	c := dial(t, new(Dialer), stuck)
	failed := expect(t, c.Handshake(time.Time{}), Handshake, Timeout)
	if !failed.Snapshot.Open {
		t.Error("the snapshot was taken after closing")
	}
	c.Close()
	read, err := end()
	if err != nil {
		t.Errorf("the peer read %v, want the end of the stream", err)
	}
	if hello := 5 + int(read[3])<<8 + int(read[4]); len(read) != hello {
		t.Errorf("the peer read %d bytes, want the ClientHello's %d", len(read), hello)
	}
}

func TestAResponseTimeoutEndsWithFIN(t *testing.T) {
	target, end := watch(t, nothing)
	stuck := target(nil)
	stuck.timeouts.IO = 50 * time.Millisecond
	c := open(t, new(Dialer), stuck)
	expect(t, c.ask(), Wait, Timeout)
	c.Close()
	if read, err := end(); err != nil || string(read) != "GET " {
		t.Errorf("the peer read %q, %v", read, err)
	}
}

func TestBytesNobodyReadDoNotTurnTheFINIntoRST(t *testing.T) {
	said := make(chan struct{})
	target, end := watch(t, func(conn net.Conn) {
		io.WriteString(conn, "unread")
		close(said)
	})
	c := open(t, new(Dialer), target(nil))
	<-said
	for { // until they are here
		if _, err := c.socket.peekNow(c.socket.one[:]); err == nil {
			break
		}
	}
	c.Close()
	if read, err := end(); err != nil || len(read) != 0 {
		t.Errorf("the peer read %q, %v", read, err)
	}
}

func TestASecureChannelIsClosedWithoutAnAlert(t *testing.T) {
	authority := newAuthority(t)
	ended := make(chan error, 1)
	config := server(authority.issue(t, nil))
	address := serve(t, func(conn net.Conn) {
		secure := serverSide(conn, config)
		if _, err := secure.Read(make([]byte, 1)); err != nil {
			t.Error(err)
		}
		_, err := io.ReadAll(secure.NetConn())
		ended <- err
	})
	c := open(t, new(Dialer), secured(address, authority, nil))
	c.Write([]byte("x"))
	c.Close()
	if err := <-ended; err != nil {
		t.Errorf("the peer read %v, want the end of the stream", err)
	}
}

func TestClosingTwiceFromManyGoroutinesClosesOnce(t *testing.T) {
	dialer := new(Dialer)
	target := toward(serve(t, silent), nil, patient)
	c, other := dial(t, dialer, target), dial(t, dialer, target)
	var closers sync.WaitGroup
	for range 8 {
		closers.Go(c.Close)
	}
	closers.Wait()
	if dialer.Open() != 1 || other.closed.Load() {
		t.Errorf("%d open", dialer.Open())
	}
}

func TestCloseDoesNotWaitForABlockedRead(t *testing.T) {
	c := open(t, new(Dialer), toward(serve(t, silent), nil, Timeouts{Connect: time.Minute}))
	result := make(chan error)
	go func() {
		_, err := c.Read(make([]byte, 1))
		result <- err
	}()
	c.Close()
	err := <-result
	if expect(t, err, Wait, Canceled); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
