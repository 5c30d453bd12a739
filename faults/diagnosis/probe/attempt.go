package probe

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"

	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
	"message-processor/proxy/wire"
)

// The gateway's default limits of an answer (contract section 2.1). A body beyond its limit is not read on.
const (
	longestAnswer = 10 << 20 // bytes
	mostInterim   = 10       // 1xx answers before the final one
)

var limits = wire.Limits{Line: 2048, Headers: 25600}

// attempt is one try at one address, in the making.
type attempt struct {
	plan    *Plan
	target  *channel.Target
	channel *channel.Channel // nil until connected

	steps    []Step
	evidence verdict.Evidence
	tls      *TLS
	tcp      *TCPInfo
	aborted  bool // ended by the context, not by a timer
	endless  bool // the answer was still going on when there was enough of it
}

func (p *Plan) attempt(looked Step) *attempt {
	a := &attempt{plan: p, target: p.target()}
	a.steps = []Step{looked}
	a.evidence = verdict.Evidence{Target: a.target.String(), Secure: a.target.Secure(),
		Steps: verdict.Steps{Lookup: looked.took}}
	if _, err := netip.ParseAddr(p.Host); err == nil {
		a.evidence.Steps.Lookup = 0 // nothing was looked up
	}
	return a
}

// run tries one address from the connection to the answer. The context ends it early.
func (a *attempt) run(ctx context.Context, dialer *channel.Dialer, address netip.Addr) {
	a.evidence.Address = netip.AddrPortFrom(address, uint16(a.target.Port())).String()
	if !a.connect(ctx, dialer, address) {
		return
	}
	defer a.channel.Close()
	defer interrupted(ctx, a.channel)()
	if a.handshake(ctx) {
		a.exchange(ctx)
	}
	a.look()
}

// interrupted makes the end of ctx the end of whatever the Channel waits for, with the kernel's evidence still at hand.
// It insists, because a wait that begins at that very moment sets its own timer. The function returned ends the watch.
func interrupted(ctx context.Context, c *channel.Channel) (stop func()) {
	over, done := context.WithCancel(context.Background())
	detach := context.AfterFunc(ctx, func() {
		for over.Err() == nil {
			c.Interrupt()
			select {
			case <-over.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() {
		done()
		detach()
	}
}

func (a *attempt) connect(ctx context.Context, dialer *channel.Dialer, address netip.Addr) bool {
	timed, cancel := a.target.ConnectContext(ctx, time.Time{})
	defer cancel()
	began := time.Now()
	c, err := dialer.Dial(timed, a.target, []netip.Addr{address})
	a.channel, a.evidence.Steps.Connect = c, time.Since(began)
	return a.ended(ctx, channel.Connect, a.evidence.Steps.Connect, err)
}

func (a *attempt) handshake(ctx context.Context) bool {
	if !a.target.Secure() {
		return true
	}
	began := time.Now()
	err := a.channel.Handshake(time.Time{})
	a.evidence.Steps.Handshake = time.Since(began)
	a.tls = describe(a.channel, err == nil)
	return a.ended(ctx, channel.Handshake, a.evidence.Steps.Handshake, err)
}

// exchange sends the request and reads the answer. Where the last byte of a phase is the first of the next, the Channel
// knows the time.
func (a *attempt) exchange(ctx context.Context) {
	a.channel.Use(time.Time{})
	began := time.Now()
	_, err := a.channel.Write(a.plan.Request.bytes())
	sent := time.Now()
	var failed *channel.Error
	if errors.As(err, &failed) && failed.Cause == channel.Reset && a.hasAnswer() {
		err = nil // an answer, or an alert, came before the end
	}
	a.evidence.Steps.Send = sent.Sub(began)
	if !a.ended(ctx, channel.Send, a.evidence.Steps.Send, err) {
		return
	}
	err = a.receive()
	first, end := a.channel.FirstByte(), time.Now()
	if first.IsZero() {
		a.evidence.Steps.Wait = end.Sub(sent)
		a.ended(ctx, channel.Wait, a.evidence.Steps.Wait, err)
		return
	}
	a.evidence.Steps.Wait, a.evidence.Steps.Receive = max(first.Sub(sent), 0), end.Sub(first)
	a.ended(ctx, channel.Wait, a.evidence.Steps.Wait, nil)
	a.ended(ctx, channel.Receive, a.evidence.Steps.Receive, err)
}

// hasAnswer tells whether reading after a failed write leads to something that says more than the reset.
func (a *attempt) hasAnswer() bool {
	err := a.channel.Reader().WaitByte()
	var failed *channel.Error
	return err == nil || errors.As(err, &failed) && failed.Cause == channel.Alert
}

func (a *attempt) receive() error {
	var answer wire.Response
	for range mostInterim {
		if err := a.channel.ReadResponse(&answer, []byte(a.plan.Request.method()), limits); err != nil {
			return err
		}
		if answer.Status >= 200 || answer.Status == 101 {
			break
		}
	}
	a.evidence.Status = answer.Status
	return a.readBody(&answer)
}

// readBody reads to the end, or until there is enough: a stream of events has no end.
func (a *attempt) readBody(answer *wire.Response) error {
	body := a.channel.Body(answer, limits)
	enough := time.Now().Add(a.plan.Timeouts.IO)
	buffer := make([]byte, 16<<10)
	for total := 0; total < longestAnswer && (a.plan.Timeouts.IO <= 0 || time.Now().Before(enough)); {
		n, err := body.Read(buffer)
		total += n
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return a.channel.Fail(err)
		}
	}
	a.endless = true
	return nil
}

// ended notes a step and, if it failed, why.
func (a *attempt) ended(ctx context.Context, phase channel.Phase, took time.Duration, err error) bool {
	a.steps = append(a.steps, step(phase, took, err))
	if err == nil {
		return true
	}
	a.aborted = ctx.Err() != nil
	a.blame(err, took)
	return false
}

// look asks the kernel about a connection that is still there.
func (a *attempt) look() {
	if info := a.channel.TCP(); info != nil && a.tcp == nil {
		a.tcp = tcpInfo(info)
	}
}
