package main

import (
	"net"
	"sync"
)

// quiet is a backend that accepts and says nothing, ever. The kernel acknowledges the ClientHello, nobody reads it.
type quiet struct {
	address  string
	listener net.Listener
	mutex    sync.Mutex
	held     []net.Conn
}

func newQuiet(expected int) (*quiet, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	q := &quiet{address: l.Addr().String(), listener: l, held: make([]net.Conn, 0, expected)}
	go q.accept()
	return q, nil
}

func (q *quiet) accept() {
	for {
		conn, err := q.listener.Accept()
		if err != nil {
			return
		}
		q.mutex.Lock()
		q.held = append(q.held, conn)
		q.mutex.Unlock()
	}
}

// close lets go of everybody. It may be called again.
func (q *quiet) close() {
	q.listener.Close()
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for _, conn := range q.held {
		conn.Close()
	}
	q.held = nil
}
