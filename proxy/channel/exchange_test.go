package channel

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/proxy/wire"
)

const request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

// answer is a backend that reads one request head at a time and says the same
// bytes to each.
func answer(response string) func(net.Conn) {
	return func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		for {
			if _, err := http.ReadRequest(reader); err != nil {
				return
			}
			io.WriteString(conn, response)
		}
	}
}

// over serves script on a plain and on a secure connection and opens each.
func over(t *testing.T, script func(net.Conn), test func(t *testing.T, c *Channel)) {
	authority := newAuthority(t)
	t.Run("plain", func(t *testing.T) {
		test(t, open(t, new(Dialer), toward(serve(t, script), nil, patient)))
	})
	t.Run("secure", func(t *testing.T) {
		address := serveTLS(t, server(authority.issue(t, nil)), func(conn *tls.Conn) { script(conn) })
		test(t, open(t, new(Dialer), secured(address, authority, nil)))
	})
}

// get sends one request and reads the whole answer.
func get(t *testing.T, c *Channel) (*wire.Response, string) {
	t.Helper()
	_, err := io.WriteString(c, request)
	check(t, err)
	var response wire.Response
	check(t, c.ReadResponse(&response, []byte("GET"), limits))
	body, err := c.Body(&response, limits).AppendTo(nil, 1<<20)
	check(t, err)
	return &response, string(body)
}

func TestAnExchangeCountsApplicationBytesOnly(t *testing.T) {
	const response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	over(t, answer(response), func(t *testing.T, c *Channel) {
		if got, body := get(t, c); got.Status != 200 || body != "hello" {
			t.Errorf("got %d %q", got.Status, body)
		}
		s := c.Snapshot()
		if s.BytesWritten != int64(len(request)) || s.BytesRead != int64(len(response)) {
			t.Errorf("wrote %d, read %d", s.BytesWritten, s.BytesRead)
		}
		c.Use(time.Time{})
		if s := c.Snapshot(); s.BytesWritten != 0 || s.BytesRead != 0 || !c.FirstByte().IsZero() {
			t.Errorf("the next use starts with %v", s)
		}
	})
}

func TestInterimResponsesComeOneByOne(t *testing.T) {
	over(t, answer("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"), func(t *testing.T, c *Channel) {
		io.WriteString(c, request)
		for _, want := range []int{103, 204} {
			var response wire.Response
			check(t, c.ReadResponse(&response, []byte("GET"), limits))
			if response.Status != want {
				t.Errorf("got %d, want %d", response.Status, want)
			}
		}
	})
}

func TestTheIOTimerIsAnIdleTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialer := overPipe(t, func(conn net.Conn) { // takes and gives a byte every 50 seconds
			for _, b := range []byte("HTTP/1.1 200 OK\r\n\r\n") {
				time.Sleep(50 * time.Second)
				conn.Write([]byte{b})
			}
			silent(conn)
		})
		c := open(t, dialer, NewTarget("192.0.2.1", 80, nil, Timeouts{IO: 55 * time.Second}))
		var response wire.Response
		check(t, c.ReadResponse(&response, []byte("GET"), limits))
		_, err := c.Body(&response, limits).Read(make([]byte, 1))
		failed := c.Fail(err)
		expect(t, failed, Receive, Timeout)
		if got := failed.Snapshot; got.LastIO != 55*time.Second || got.Age != (19*50+55)*time.Second {
			t.Errorf("age %v, lastIO %v", got.Age, got.LastIO)
		}
	})
}

func TestALargeWriteToASlowPeerIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialer := overPipe(t, func(conn net.Conn) {
			for buffer := make([]byte, piece); ; time.Sleep(50 * time.Second) {
				if _, err := io.ReadFull(conn, buffer); err != nil {
					return
				}
			}
		})
		c := open(t, dialer, NewTarget("192.0.2.1", 80, nil, Timeouts{IO: 55 * time.Second}))
		if n, err := c.Write(make([]byte, 10*piece)); n != 10*piece || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	})
}

func TestTheBudgetCapsEveryDeadlineOfAUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := open(t, overPipe(t, silent), NewTarget("192.0.2.1", 80, nil, Timeouts{IO: 55 * time.Second}))
		c.Use(began.Add(70 * time.Second))
		time.Sleep(50 * time.Second)
		io.WriteString(c, request)
		_, err := c.Read(make([]byte, 1))
		expect(t, err, Wait, Budget)
		if time.Since(began) != 70*time.Second {
			t.Errorf("took %v", time.Since(began))
		}
	})
}

func TestTheFirstByteEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		dialer := overPipe(t, func(conn net.Conn) {
			for _, b := range []byte("ab") {
				time.Sleep(time.Second)
				conn.Write([]byte{b})
			}
		})
		c := open(t, dialer, NewTarget("192.0.2.1", 80, nil, patient))
		for range 2 {
			c.Read(make([]byte, 1))
		}
		if got := c.FirstByte().Sub(began); got != time.Second {
			t.Errorf("first byte after %v", got)
		}
	})
}

func TestAnExchangeMayWriteAndReadAtOnce(t *testing.T) {
	const size = 4 << 20
	over(t, func(conn net.Conn) { io.Copy(conn, conn) }, func(t *testing.T, c *Channel) {
		sent := bytes.Repeat([]byte("0123456789abcdef"), size/16)
		var writer sync.WaitGroup
		writer.Go(func() {
			if _, err := c.Write(sent); err != nil {
				t.Error(err)
			}
		})
		received := make([]byte, size)
		if _, err := io.ReadFull(c, received); err != nil || !bytes.Equal(sent, received) {
			t.Errorf("what came back differs, or %v", err)
		}
		c.Snapshot()
		writer.Wait()
		if s := c.Snapshot(); s.BytesRead != size || s.BytesWritten != size {
			t.Errorf("got %v", s)
		}
	})
}

func TestATunnelClosesOneDirectionAtATime(t *testing.T) {
	over(t, func(conn net.Conn) {
		everything, _ := io.ReadAll(conn) // until our end of file
		conn.Write(bytes.ToUpper(everything))
		conn.Close()
	}, func(t *testing.T, c *Channel) {
		io.WriteString(c, "tunnel")
		check(t, c.CloseWrite())
		if got, err := io.ReadAll(c); string(got) != "TUNNEL" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if c.Reader().Take() != nil {
			t.Error("the reader holds bytes nobody read")
		}
	})
}

func TestClosingOneDirectionOfAClosedChannelFails(t *testing.T) {
	over(t, silent, func(t *testing.T, c *Channel) {
		c.Close()
		expect(t, c.CloseWrite(), Send, Canceled)
	})
}

func TestAnErrorIsDescribedOnce(t *testing.T) {
	c := open(t, new(Dialer), toward(serve(t, hangUp), nil, patient))
	first := c.Fail(io.ErrUnexpectedEOF)
	if again := c.Fail(first); again != first {
		t.Errorf("got %v, want the same %v", again, first)
	}
	if !errors.Is(first, io.ErrUnexpectedEOF) || !strings.HasPrefix(first.Error(), "wait: closed: ") {
		t.Errorf("got %q", first)
	}
	if with := (&Error{Phase: Wait, Cause: Alert, Detail: "unknown_ca"}).Error(); with != "wait: alert (unknown_ca)" {
		t.Errorf("got %q", with)
	}
}

func TestAnOversizedBodyIsLeftToTheCaller(t *testing.T) {
	over(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"), func(t *testing.T, c *Channel) {
		io.WriteString(c, request)
		var response wire.Response
		check(t, c.ReadResponse(&response, []byte("GET"), limits))
		_, err := c.Body(&response, limits).AppendTo(nil, 10)
		if failed := c.Fail(err); !errors.Is(failed, wire.ErrTooBig) || failed.Phase != Receive {
			t.Errorf("got %v", failed)
		}
	})
}
