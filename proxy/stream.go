package proxy

import (
	"errors"
	"io"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"

	"message-processor/proxy/channel"
	"message-processor/proxy/wire"
	"message-processor/tracing"
)

// streamBuffer is the room of one stream: what it moves at a time, and the same
// as a chunk.
type streamBuffer struct {
	piece [32 << 10]byte
	chunk [32<<10 + 64]byte
}

// upload carries a request's body to the target while the answer is awaited,
// so that a target may answer before it has read everything.
type upload struct {
	exchange *exchange
	channel  *channel.Channel
	whole    atomic.Bool   // the client has sent all of the body
	done     chan struct{} // closed when err and bytes are final
	err      error         // *channel.Error, *clientError or *defectError; nil: all was sent
	bytes    int64         // of the body
}

// startUpload sends the head and lets the body follow on a goroutine of its
// own.
func (x *exchange) startUpload() error {
	if err := x.inviteBody(); err != nil {
		return err
	}
	if _, err := x.channel.Write(x.sent); err != nil {
		return err
	}
	x.client.source.each(x.state.clientIO(), x.budget)
	x.upload = &upload{exchange: x, channel: x.channel, done: make(chan struct{})}
	go x.upload.run()
	return nil
}

// run ends with closing the Channel where no answer is to be expected any more,
// because the request will never be whole; this wakes whoever waits for one.
// After a reset an answer may still be there to be read.
func (u *upload) run() {
	defer func() {
		if defect := recover(); defect != nil {
			u.err = &defectError{value: defect, stack: debug.Stack()}
		}
		close(u.done)
		var failed *channel.Error
		if u.err != nil && !(errors.As(u.err, &failed) && failed.Cause == channel.Reset) {
			u.channel.Close()
		}
	}()
	u.err = u.copy()
}

// copy sends each piece of the body as it comes, chunked if it came chunked.
func (u *upload) copy() error {
	body := &u.exchange.client.body
	chunked := u.exchange.req.Framing == wire.Chunked
	room := u.exchange.client.gateway.buffers.Get().(*streamBuffer)
	defer u.exchange.client.gateway.buffers.Put(room)
	buf, out := room.piece[:], room.chunk[:0]
	for {
		n, err := body.Read(buf)
		u.bytes += int64(n)
		u.whole.Store(body.Done())
		if chunked {
			out = wire.AppendChunk(out[:0], buf[:n])
			if err == io.EOF {
				out = wire.AppendLastChunk(out, body.Trailers())
			}
		} else {
			out = append(out[:0], buf[:n]...)
		}
		if len(out) > 0 {
			if _, err := u.channel.Write(out); err != nil {
				return err
			}
			u.channel.Extend() // while the target takes the body, its silence is no timeout
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return &clientError{err: err}
		}
	}
}

// finished tells whether the upload has ended, and how.
func (u *upload) finished() (bool, error) {
	select {
	case <-u.done:
		return true, u.err
	default:
		return false, nil
	}
}

// An upload whose last bytes are on their way when the answer is complete gets
// this long to say so; one that takes longer was answered early.
const uploadGrace = 100 * time.Millisecond

// complete tells whether the whole body was sent.
func (u *upload) complete() bool {
	select {
	case <-u.done:
		return u.err == nil
	case <-time.After(uploadGrace):
		return false
	}
}

// stop waits for an upload that has ended or whose Channel has been closed. The
// client is not read from any more, unless all of the body had come.
func (u *upload) stop() {
	if done, _ := u.finished(); !done && !u.whole.Load() {
		u.exchange.client.source.stop()
	}
	<-u.done
}

// nextResponse reads the next head of the answer.
func (x *exchange) nextResponse() error {
	return x.explain(x.channel.ReadResponse(&x.resp, x.req.Method, x.state.responseLimits))
}

// explain finds the cause of a failure to read the answer in the upload, if it
// is there: a client that breaks off takes the answer with it, and a target that
// hangs up during the request fails the sending, not the answer (playbook 503
// broken pipe).
func (x *exchange) explain(err error) error {
	var failed *channel.Error
	if x.upload == nil || !errors.As(err, &failed) {
		return err
	}
	done, sending := x.upload.finished()
	var unsent *channel.Error
	switch {
	case sending != nil && (failed.Phase == channel.Wait || !errors.As(sending, &unsent)):
		return sending
	case !done && failed.Phase == channel.Wait && (failed.Cause == channel.Closed || failed.Cause == channel.Reset):
		hungUp := *failed
		hungUp.Phase = channel.Send
		return &hungUp
	}
	return err
}

// streamsDown tells whether the answer's body goes to the client as it comes.
func (x *exchange) streamsDown() bool {
	return x.route.proxy.Target.StreamResponse && x.resp.Framing != wire.NoBody
}

// chunksDown tells whether the streamed answer goes out chunked: a client that
// speaks HTTP/1.0 gets it delimited by the end of the connection instead.
func (x *exchange) chunksDown() bool {
	return x.resp.Framing != wire.Length && x.req.Minor > 0
}

// passesTrailers tells whether trailers can reach the client.
func (x *exchange) passesTrailers() bool {
	return x.streamsDown() && x.chunksDown()
}

// relay streams the answer: each read of the target is written at once.
func (x *exchange) relay() error {
	if x.resp.Framing != wire.Length && x.req.Minor == 0 {
		x.keep = false
	}
	x.out = x.appendResponseHead(x.out[:0], noLength)
	if x.chunksDown() {
		x.out = append(x.out[:len(x.out)-2], "Transfer-Encoding: chunked\r\n\r\n"...)
	}
	x.noteAnswer(len(x.out), nil)
	if err := x.deliver(x.out); err != nil {
		return err
	}
	return x.relayBody(x.channel.Body(&x.resp, x.state.responseLimits))
}

func (x *exchange) relayBody(body *wire.Body) error {
	room := x.client.gateway.buffers.Get().(*streamBuffer)
	defer x.client.gateway.buffers.Put(room)
	x.answer = x.answer[:0]
	for {
		n, err := body.Read(room.piece[:])
		out := room.piece[:n]
		x.noteStreamed(out)
		if x.chunksDown() {
			out = wire.AppendChunk(room.chunk[:0], out)
			if err == io.EOF {
				out = wire.AppendLastChunk(out, body.Trailers())
			}
		}
		if len(out) > 0 {
			if err := x.write(out); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			x.received = true
			x.tx.Enter(tracing.Respond)
			return nil
		case err != nil:
			return x.explain(x.channel.Fail(err))
		}
	}
}

// noteStreamed counts a piece of a streamed answer and keeps the first bytes
// for the record.
func (x *exchange) noteStreamed(piece []byte) {
	record := x.tx.Record()
	record.BytesOut += int64(len(piece))
	if room := tracing.SampleSize - len(x.answer); room > 0 {
		x.answer = append(x.answer, piece[:min(room, len(piece))]...)
		record.Messages.ResponseBody = x.answer
	}
}

// breakOff ends a client connection in the middle of an answer so that the
// client cannot take what it has for the whole: where the end of the connection
// is the end of the body, only a reset says so.
func (x *exchange) breakOff() {
	x.keep, x.cut = false, true
	tcp, ok := x.client.conn.(*net.TCPConn)
	if ok && x.resp.Framing != wire.Length && x.req.Minor == 0 {
		tcp.SetLinger(0)
	}
}
