package proxy

import (
	"net"
	"sync"
	"time"
)

// connections are the client connections that are open, whether fasthttp or
// the gateway holds them. A drain waits for all of them.
type connections struct {
	mutex    sync.Mutex
	live     map[*doorConn]struct{}
	excess   int    // of them, those beyond the bound
	refused  uint64 // that came beyond the bound, since the start
	open     bool   // more may come in
	draining bool
	empty    chan struct{} // closed when the last one has ended in a drain
	once     sync.Once     // closes empty
}

func newConnections() *connections {
	return &connections{live: make(map[*doorConn]struct{}), empty: make(chan struct{})}
}

// maxExcess is how many connections beyond the bound are told so; more are
// closed at once, because somebody has to be.
const maxExcess = 256

// add registers an accepted connection and tells whether it may stay. Beyond the
// bound it stays for one answer, which says why it has to go.
func (s *connections) add(c *doorConn, bound int) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if c.excess = len(s.live)-s.excess >= bound; c.excess {
		s.refused++
		if s.excess == maxExcess {
			return false
		}
		s.excess++
	}
	s.live[c] = struct{}{}
	if s.draining {
		c.hurry()
	}
	return true
}

// remove forgets a connection that has been closed.
func (s *connections) remove(c *doorConn) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, ok := s.live[c]; !ok {
		return
	}
	delete(s.live, c)
	if c.excess {
		s.excess--
	}
	s.announceEmpty()
}

// drain lets idle connections end, and returns a channel that is closed when
// all have ended.
func (s *connections) drain() <-chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.draining {
		s.draining = true
		for c := range s.live {
			c.hurry()
		}
		s.announceEmpty()
	}
	return s.empty
}

// accept notes whether connections are being accepted: a drain is not over while
// they are.
func (s *connections) accept(open bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.open = open
	s.announceEmpty()
}

func (s *connections) announceEmpty() {
	if s.draining && !s.open && len(s.live) == 0 {
		s.once.Do(func() { close(s.empty) })
	}
}

// cut closes what is left.
func (s *connections) cut() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for c := range s.live {
		c.Conn.Close()
	}
}

func (s *connections) count() int {
	open, _ := s.figures()
	return open
}

// figures are how many are open, and how many came that there was no room for.
func (s *connections) figures() (open int, refused uint64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.live), s.refused
}

// doorConn is a client connection as the door accepted it. While fasthttp
// holds it, it keeps a copy of what is read and lets nothing be written.
type doorConn struct {
	net.Conn
	gateway *Gateway
	seen    []byte
	excess  bool // beyond the bound of client connections
	kept    bool // not fasthttp's to close any more
	mutex   sync.Mutex
	client  *client // once handed over
}

// Read keeps what fasthttp reads of the first head.
func (c *doorConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.seen = append(c.seen, p[:n]...)
	return n, err
}

// Write discards fasthttp's answers: every answer is the exchange's.
func (c *doorConn) Write(p []byte) (int, error) { return len(p), nil }

// SetReadDeadline is fasthttp's timer for the first head; a drain shortens it.
func (c *doorConn) SetReadDeadline(t time.Time) error {
	if err := c.Conn.SetReadDeadline(t); err != nil || !c.gateway.draining.Load() {
		return err
	}
	return c.Conn.SetReadDeadline(time.Now().Add(drainGrace))
}

// Close is fasthttp's end of the connection.
func (c *doorConn) Close() error {
	if c.kept {
		return nil
	}
	return c.end()
}

// end ends the connection and its registration.
func (c *doorConn) end() error {
	err := c.Conn.Close()
	c.gateway.connections.remove(c)
	return err
}

// handOver gives the connection to the client that serves it, with the bytes
// that were read already.
func (c *doorConn) handOver() *client {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.client = newClient(c.gateway, c.Conn, c.seen)
	c.client.excess = c.excess
	c.seen = nil
	return c.client
}

// hurry shortens the wait of a connection that has nothing under way.
func (c *doorConn) hurry() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.client == nil {
		c.Conn.SetReadDeadline(time.Now().Add(drainGrace))
		return
	}
	c.client.hurry()
}
