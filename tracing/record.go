package tracing

import (
	"crypto/tls"
	"net/netip"
	"time"

	"message-processor/faults"
	"message-processor/proxy/channel"
)

// Step is one stretch of a request's way through the gateway. The names are
// the span names of contract section 6 where there is a span for it.
type Step uint8

// The steps in the order in which a request can reach them. A step that did
// not happen (a reused connection has no DNS, Connect, Handshake) is absent
// from the record.
const (
	Request   Step = iota // reading the request's head and, when buffered, its body
	Proxy                 // finding the API proxy
	DNS                   // looking the target's name up
	Connect               // TCP
	Handshake             // TLS
	Send                  // writing the request
	Wait                  // for the first byte of the answer
	Receive               // reading the answer
	Respond               // writing the answer to the client
	stepCount
)

var stepNames = [stepCount]string{"request", "proxy", string(channel.Lookup), string(channel.Connect),
	string(channel.Handshake), string(channel.Send), string(channel.Wait), string(channel.Receive), "response"}

// String is the step's name, for spans and people.
func (s Step) String() string { return stepNames[s] }

// Interval is when a step began and ended. The zero Interval is a step that
// did not happen.
type Interval struct {
	Start, End time.Time
}

// Happened tells whether the step was reached.
func (i Interval) Happened() bool { return !i.Start.IsZero() }

// Duration is how long the step took.
func (i Interval) Duration() time.Duration { return i.End.Sub(i.Start) }

// API is the API proxy that served a request. The zero API stands for none.
type API struct {
	Organization, Environment string
	Name                      string
	Revision                  int
	BasePath                  string
	Target                    string // host:port of the target
	TargetURL                 string // as configured, without a password
	Timeouts                  channel.Timeouts
}

// Failure is the fault a transaction ended in.
type Failure struct {
	Fault faults.Fault
	Vars  faults.Vars // the values of the fault's placeholders
	Step  Step        // where it happened
	At    time.Time   // when it was noticed, before anything was closed
	Err   error       // what was underneath; for people, never for clients
	Stack string      // of a defect of this product, else empty
}

// Attempt is a try at one server of a load balancer that failed, after which
// another server was tried.
type Attempt struct {
	Server string
	Err    error // a *channel.Error, which knows phase and cause
	At     time.Time
	Took   time.Duration
}

// Messages are the bytes of an exchange, for those who show them: heads whole,
// bodies at least up to their first SampleSize bytes. What did not happen is nil.
// A buffered body is there whole, a streamed one only as a sample.
type Messages struct {
	RequestHead, RequestBody   []byte // as the client sent it
	SentHead                   []byte // as the target received it
	ResponseHead, ResponseBody []byte // as the target sent it
	AnswerHead, AnswerBody     []byte // as the client received it; the body is nil where it is ResponseBody
}

// SampleSize is how much of a streamed body Messages hold, in bytes: more than
// a trace shows of any.
const SampleSize = 1024

// Record is everything worth telling about one finished request. Observers
// must copy what they keep: the memory belongs to the next request afterwards.
type Record struct {
	MessageID string
	Thread    int // number of the original's NIO thread: small and stable per connection
	Context   Context
	API       API
	Client    netip.AddrPort
	Method    []byte
	Path      []byte // path and query as they came
	Steps     [stepCount]Interval
	Status    int  // of the answer; 499 when the client had gone
	Passed    bool // Status is the target's own
	Reused    bool // the target connection had carried a request before
	Failure   *Failure
	TLS       *tls.ConnectionState // of the handshake, when there was one in this request; may be partial after a failure
	Server    string               // of a load balancer; empty: there is none
	Attempts  []Attempt            // at servers that could not be connected to
	Messages  Messages
	Channel   channel.Snapshot // of the target connection at the failure or the end; zero if there was none
	Start     time.Time
	End       time.Time
	BytesIn   int64 // of the request's body
	BytesOut  int64 // of the answer's body
}

// StatusClientClosed is recorded when the client was gone before its answer
// (499 is nginx's number, which the original's router log uses).
const StatusClientClosed = 499
