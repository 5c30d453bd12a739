package proxy

import (
	"bytes"
	"context"
	"runtime/debug"
	"time"

	"message-processor/proxy/channel"
	"message-processor/proxy/wire"
	"message-processor/tracing"
)

// exchange is one request on its way through the gateway. Its memory is used
// again for the connection's next request.
type exchange struct {
	client *client
	state  *state
	tx     *tracing.Transaction
	req    wire.Request
	route  *route
	server *server   // of the route, that the request goes to, or went to last
	place  *places   // of the route, while the request has one of them
	holds  bool      // a load balancer counts the request as the server's
	budget time.Time // when api_timeout ends the whole call; zero: never

	body    []byte // the request's body, when buffered
	room    int64  // of bodies, taken from what all exchanges share
	read    bool   // the request's body has been read to its end
	channel *channel.Channel
	ctx     context.Context // of opening the Channel; canceled when a watched client leaves
	watch   *watch          // looks after the client; nil unless on_client_close is cancel
	upload  *upload         // a request body that streams while the answer is awaited
	resp    wire.Response
	sent    []byte // the head that goes to the target, and a small body behind it
	out     []byte // what goes to the client
	answer  []byte // the answer's body where it is not part of out: all of it, or a sample of a streamed one

	started  bool // some of the final answer has been written
	left     bool // the client had ended its direction of the connection by then
	received bool // the target's answer has been read to its end
	keep     bool // the client connection may serve another request
	cut      bool // the answer was broken off: the connection ends without further ado
}

// serve carries one request through and tells whether the client connection
// may serve another. refused is what was wrong with the head, if anything was.
func (x *exchange) serve(refused error) (keep bool) {
	x.begin()
	defer func() {
		if defect := recover(); defect != nil {
			x.keep = false
			x.fail(&defectError{value: defect, stack: debug.Stack()})
		}
		x.finish()
		keep = x.keep
	}()
	err := refused
	if err == nil && x.client.excess {
		err = overloaded(x.state.clientsBound)
	}
	if err == nil {
		err = x.run()
	}
	if err == nil && x.left {
		err = &clientError{err: errLeft}
	}
	if err != nil {
		x.fail(err)
	}
	return x.keep
}

// run is the one natural pass.
func (x *exchange) run() error {
	if err := x.identify(); err != nil {
		return err
	}
	if x.isForUs() {
		return x.answerForUs()
	}
	if err := x.check(); err != nil {
		return err
	}
	if err := x.takeBody(); err != nil {
		return err
	}
	if err := x.takePlace(); err != nil {
		return err
	}
	if err := x.open(); err != nil {
		return err
	}
	if err := x.send(); err != nil {
		return err
	}
	if err := x.receive(); err != nil {
		return err
	}
	return x.respond()
}

// begin gives the request its name and its record.
func (x *exchange) begin() {
	x.state = x.client.gateway.state.Load()
	x.route, x.server, x.place, x.channel, x.upload, x.watch, x.budget = nil, nil, nil, nil, nil, nil, time.Time{}
	x.body = x.body[:0]
	x.read, x.started, x.left, x.received, x.cut, x.holds = false, false, false, false, false, false
	x.keep = !x.req.Close && !x.client.excess && !x.client.gateway.draining.Load()
	x.tx = x.client.ids.Begin(time.Now(), x.req.Get(wire.Traceparent), x.state.sampling)
	record := x.tx.Record()
	record.Method, record.Path = x.req.Method, x.req.Path
	record.Messages.RequestHead = x.req.Raw
	record.API.Organization = x.state.config.Organization
	record.API.Environment = x.state.config.Environment
}

// identify finds the API proxy of the request's path.
func (x *exchange) identify() error {
	x.tx.Enter(tracing.Proxy)
	if x.route = x.state.routes.match(x.req.Path); x.route == nil {
		return x.notFound()
	}
	x.tx.Record().API = x.route.api
	switch {
	case climbs(x.route.suffix(x.req.Path)):
		return malformed("dot segments lead above the API proxy's base path")
	case x.hasBody() && bytes.Equal(x.req.Method, methodTrace): // RFC 9110 section 9.3.8
		return malformed("TRACE with a body")
	}
	if timeout := x.route.proxy.APITimeout; timeout > 0 {
		x.budget = x.tx.Record().Start.Add(timeout)
	}
	return nil
}

// finish puts the Channel away, gives large buffers back and closes the record.
func (x *exchange) finish() {
	x.unwatch()
	reusable := x.settle()
	if x.holds {
		x.route.balancer.settle(x.server, x.tx.Record())
	}
	if x.place != nil {
		x.place.leave()
	}
	x.show()
	if reusable {
		// Only now: the record shows the answer's head, which the Channel holds.
		x.client.gateway.pool.Put(x.channel)
	}
	if !x.keep && !x.cut {
		x.client.linger()
	}
	for _, buffer := range []*[]byte{&x.out, &x.body, &x.sent, &x.answer} {
		if cap(*buffer) > keptBuffer {
			x.client.gateway.rooms.keep(*buffer)
			*buffer = nil
		}
	}
	x.leaveRoom()
}

// show closes the record and shows it to the observers. One that has a defect
// does not do any harm to the connections.
func (x *exchange) show() {
	defer x.client.gateway.survive()
	x.tx.Finish()
}

// settle ends what is left of the exchange with the target, and tells whether
// both messages came to their proper end, so that the Channel can be used again.
// If not, it is closed, and an upload that is still under way ends with it.
func (x *exchange) settle() (reusable bool) {
	ch := x.channel
	if ch == nil {
		return false
	}
	if x.tx.Record().Failure == nil {
		x.tx.Use(ch.Snapshot()) // else the one taken at the failure counts
	}
	if reusable = x.isReusable(); !reusable {
		ch.Close()
	}
	if x.upload != nil {
		x.upload.stop()
		x.keep = x.keep && x.bodyRead()
		x.tx.Record().BytesIn = x.upload.bytes
	}
	return reusable
}

func (x *exchange) isReusable() bool {
	return x.received && !x.resp.Close && x.tx.Record().Failure == nil &&
		(x.upload == nil || x.upload.complete())
}
