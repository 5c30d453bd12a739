package proxy

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestALargeBufferIsUsedAgain(t *testing.T) {
	var r rooms
	large := make([]byte, 0, 1<<20)
	head := []byte("head")
	for range 100 { // the pool may drop one now and then
		r.keep(large)
		got := r.widen(head, 1<<19)
		if !bytes.Equal(got, head) {
			t.Fatalf("the bytes so far became %q", got)
		}
		if cap(got) == cap(large) {
			return
		}
	}
	t.Error("never used again")
}

func TestNoRoomIsMadeForAnAnnouncement(t *testing.T) {
	var r rooms
	if got := r.widen(nil, 1<<30); cap(got) > 0 {
		t.Errorf("%d bytes because somebody said so", cap(got))
	}
	r.keep(make([]byte, 0, maxRoom+1))
	if got := r.widen(nil, 1<<30); cap(got) > 0 {
		t.Errorf("a buffer of %d bytes was kept", cap(got))
	}
}

// Bodies of many sizes at a time, each of letters of its own: what one leaves in a buffer must not be seen by another.
func TestLargeMessagesDoNotMix(t *testing.T) {
	gateway := setup{target: serve(t, func(p *peer) {
		for {
			_, body, err := p.request()
			if err != nil || p.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)) != nil {
				return
			}
		}
	}).url()}.start(t)
	var clients sync.WaitGroup
	var callers [8]*caller
	for i := range callers {
		callers[i] = gateway.dial()
		clients.Go(func() {
			c := callers[i]
			for j := range 12 {
				body := strings.Repeat(string(rune('a'+i)), 1+(i*7+j*31)%40*10_000)
				c.send(fmt.Sprintf("POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
				if answer, err := c.tryReceive("POST"); err != nil || answer.StatusCode != 200 || answer.body != body {
					t.Errorf("client %d got %d bytes for %d, %v", i, len(answer.body), len(body), err)
					return
				}
			}
		})
	}
	clients.Wait()
}
