package lab

import (
	"net"
	"sync"
)

// link is one accepted connection. Behaviours that keep connections alive tell it when it rests between two requests, so
// that a switch of the backend's behaviour can end it there, where no request is lost.
type link struct {
	*net.TCPConn
	does string // the behaviour it was given when it was accepted

	mu      sync.Mutex
	resting bool
	expired bool
}

// rest says that an answer is complete and no byte of another request has come yet.
func (l *link) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resting = true
	l.endIfDue()
}

// work says that the first byte of a request is there.
func (l *link) work() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resting = false
}

// expire has the connection end at its next rest, or now.
func (l *link) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expired = true
	l.endIfDue()
}

// endIfDue makes the pending read, and every later one, find the end of the stream; the behaviour closes then as if the
// peer had. A deadline would not do: servers set their own before each read.
func (l *link) endIfDue() {
	if l.resting && l.expired {
		l.CloseRead()
	}
}
