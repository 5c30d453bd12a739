package lab

import (
	"context"
	"errors"
	"maps"
	"net"
	"sync"
	"syscall"
	"time"
)

// handler is what a behaviour does with the connections of a listener that the lab opens for it.
type handler struct {
	limit   int // connections at a time
	serve   func(*link)
	control func(network, address string, c syscall.RawConn) error // applied to the listening socket, may be nil
	slots   chan struct{}                                          // a place for each connection
}

// newHandler makes a handler for at most limit connections at a time; the next one waits, and with it, in the kernel's
// queue, all that follow.
func newHandler(limit int, serve func(*link)) *handler {
	return &handler{limit: limit, serve: serve, slots: make(chan struct{}, limit)}
}

// server is the accept loop of one backend. It gives each connection the behaviour that its plan says, and knows its
// open connections so that it can end them.
type server struct {
	listener *net.TCPListener
	working  sync.WaitGroup // the accept loop and every connection

	mu       sync.Mutex
	plan     *plan
	handlers map[string]*handler // by behaviour: all that the plan may name
	now      Step                // in force, zero when the shares are
	turned   chan struct{}       // closed when now changes
	timer    *time.Timer         // turns when the plan's next step begins or ends
	open     map[*link]struct{}  // nil once closed
	accepted map[string]int      // connections so far, by behaviour
}

// serve listens at the place's address and gives connections to the handlers. The first handler of the plan may have
// wishes for the socket.
func (p place) serve(pl *plan, handlers map[string]*handler) (*server, error) {
	// No keep-alive probes: an answered probe would spoil the picture of a peer that is silent. No MPTCP: its sockets
	// take neither a filter nor a reset.
	config := net.ListenConfig{KeepAlive: -1, Control: handlers[pl.does].control}
	config.SetMultipathTCP(false)
	l, err := config.Listen(p.ctx, "tcp", p.hostPort(p.port))
	if err != nil {
		return nil, err
	}
	s := &server{
		listener: l.(*net.TCPListener), plan: pl, handlers: handlers,
		turned: make(chan struct{}), open: map[*link]struct{}{}, accepted: map[string]int{},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(time.Hour, s.tick) // turn sets the right time
	s.turn()
	s.working.Go(func() { s.accept(p.ctx) })
	return s, nil
}

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

func (s *server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.AcceptTCP()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // out of file descriptors: some will come back
			pause(ctx, 50*time.Millisecond)
		case !s.admit(ctx, conn):
			conn.Close()
			return
		}
	}
}

// admit waits for a place among the connections of the behaviour that conn gets, and starts it; false: the lab closes.
// Who waits for a place in an outage gets another one when it is over.
func (s *server) admit(ctx context.Context, conn *net.TCPConn) bool {
	s.mu.Lock()
	drawn := s.plan.draw()
	s.mu.Unlock()
	for {
		does, h, turned := s.decide(drawn)
		select {
		case h.slots <- struct{}{}:
			if s.start(&link{TCPConn: conn, does: does}, h, turned) {
				return true
			}
			<-h.slots
		case <-turned:
		case <-ctx.Done():
			return false
		}
	}
}

// decide is the behaviour in force for a connection that has drawn one from the shares.
func (s *server) decide(drawn string) (does string, h *handler, turned chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn() // the timer may be late
	if s.now.Does != "" {
		drawn = s.now.Does
	}
	return drawn, s.handlers[drawn], s.turned
}

// start serves one connection in a goroutine of its own; false: the decision of before turned is no longer good.
func (s *server) start(l *link, h *handler, turned chan struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil || s.turned != turned {
		return false
	}
	s.open[l] = struct{}{}
	s.accepted[l.does]++
	s.working.Go(func() {
		l.SetDeadline(time.Now().Add(lifetime))
		h.serve(l)
		l.Close()
		s.forget(l)
		<-h.slots
	})
	return true
}

func (s *server) forget(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, l)
}

func (s *server) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn()
}

// turn puts in force what the plan says for this moment. When that is something else than before, connections with
// another behaviour end at their next rest. s.mu is held.
func (s *server) turn() {
	if s.open == nil {
		return
	}
	elapsed := s.plan.elapsed()
	step := s.plan.inForce(elapsed)
	if next := s.plan.next(elapsed); next > 0 {
		s.timer.Reset(next - elapsed)
	}
	changed := step.Does != s.now.Does
	s.now = step
	if !changed {
		return
	}
	close(s.turned)
	s.turned = make(chan struct{})
	for l := range s.open {
		if l.does != s.current() {
			l.expire()
		}
	}
}

// current is the behaviour in force; without a step it is the one that the shares leave.
func (s *server) current() string {
	if s.now.Does != "" {
		return s.now.Does
	}
	return s.plan.does
}

// switchTo lets step begin now, whatever the schedule says, until it ends or a scheduled step begins. The zero Step gives
// the entry back to its schedule and shares.
func (s *server) switchTo(step Step, h *handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h != nil && s.handlers[step.Does] == nil {
		s.handlers[step.Does] = h
	}
	s.plan.override(step)
	s.turn()
}

// state is what the server does at this moment, without what the lab knows better.
func (s *server) state() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn()
	st := State{Does: s.current(), Open: len(s.open), Accepted: maps.Clone(s.accepted)}
	switch {
	case s.now.Does == "":
		st.Share = s.plan.shares.fractions()
	case s.now.For > 0:
		st.Left = s.now.At + s.now.For - s.plan.elapsed()
	}
	return st
}

// close ends the listener and all connections, and waits for their goroutines. The place's ctx must be done.
func (s *server) close() error {
	err := s.listener.Close()
	s.mu.Lock()
	s.timer.Stop()
	for l := range s.open {
		l.Close()
	}
	s.open = nil
	s.mu.Unlock()
	s.working.Wait()
	return err
}
