package tracing

import (
	"net/netip"
	"sync/atomic"
	"time"

	"message-processor/proxy/channel"
)

// Observer is shown every finished record. It runs on the request's own
// goroutine after the answer is written, so it must be quick and must not keep
// the pointer.
type Observer func(*Record)

// Recorder is the source of message ids and the place where finished records
// go. It is safe for concurrent use.
type Recorder struct {
	naming    naming
	serial    atomic.Uint64
	threads   uint64
	observers []Observer
	active    atomic.Int64 // begun and not finished
}

// NewRecorder returns the recorder of a process. Message ids are made of host
// and pid, connection serials count from start, and thread numbers run from 0
// to threads-1.
func NewRecorder(host string, pid int, start time.Time, threads int, observers ...Observer) *Recorder {
	r := &Recorder{naming: newNaming(host, pid), threads: uint64(max(threads, 1)), observers: observers}
	r.serial.Store(firstSerial(start))
	return r
}

// Active counts the requests that are under way.
func (r *Recorder) Active() int { return int(r.active.Load()) }

// Connection opens the count of one client connection.
func (r *Recorder) Connection(client netip.AddrPort) *Connection {
	serial := r.serial.Add(1)
	return &Connection{recorder: r, serial: serial, client: client}
}

// Connection numbers the requests of one client connection. One request is
// under way on it at a time, so it holds the one Transaction that all of them
// use in turn.
type Connection struct {
	recorder *Recorder
	serial   uint64
	requests uint64
	client   netip.AddrPort
	tx       Transaction
}

// Transaction is a record in the making. It belongs to one goroutine.
type Transaction struct {
	record   Record
	recorder *Recorder
	step     Step
}

// Begin starts the record of the next request on the connection. A request
// without a valid traceparent begins a trace of its own.
func (c *Connection) Begin(now time.Time, traceparent []byte, s Sampling) *Transaction {
	c.requests++
	c.recorder.active.Add(1)
	tx := &c.tx
	*tx = Transaction{recorder: c.recorder, record: Record{
		MessageID: c.recorder.naming.id(c.serial, c.requests),
		Thread:    int(c.serial % c.recorder.threads),
		Client:    c.client,
		Context:   newContext(traceparent, s),
		Start:     now,
	}}
	tx.record.Steps[Request].Start = now
	return tx
}

// Record gives access to the facts the data path fills in as it learns them.
func (t *Transaction) Record() *Record { return &t.record }

// Enter ends the step under way and begins the next.
func (t *Transaction) Enter(s Step) { t.EnterAt(s, time.Now()) }

// EnterAt is Enter for a step whose beginning was noticed elsewhere.
func (t *Transaction) EnterAt(s Step, now time.Time) {
	t.record.Steps[t.step].End = now
	if !t.record.Steps[s].Happened() {
		t.record.Steps[s].Start = now
	}
	t.step = s
}

// Step is the step under way.
func (t *Transaction) Step() Step { return t.step }

// Fail notes the fault the request ends in. The first failure counts: what
// goes wrong after it is its consequence, and is answered false.
func (t *Transaction) Fail(f Failure) bool {
	if t.record.Failure != nil {
		return false
	}
	f.Step, f.At = t.step, time.Now()
	t.record.Failure = &f
	return true
}

// Attempted notes a try at one server of a load balancer that failed, and when it
// had begun.
func (t *Transaction) Attempted(server string, began time.Time, err error) {
	now := time.Now()
	t.record.Attempts = append(t.record.Attempts, Attempt{Server: server, Err: err, At: now, Took: now.Sub(began)})
}

// Use notes the state of the target connection.
func (t *Transaction) Use(s channel.Snapshot) { t.record.Channel = s }

// Finish closes the record and shows it to the observers, once.
func (t *Transaction) Finish() {
	if !t.record.End.IsZero() {
		return
	}
	now := time.Now()
	t.record.Steps[t.step].End = now
	t.record.End = now
	t.recorder.active.Add(-1)
	for _, observe := range t.recorder.observers {
		observe(&t.record)
	}
}
