package channel

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
)

// Dialer opens Channels. The zero value resolves with net.DefaultResolver and
// connects with net.Dialer; the two functions are seams for tests. A Dialer may
// be used by many goroutines and must not be copied.
type Dialer struct {
	LookupNetIP func(ctx context.Context, network, host string) ([]netip.Addr, error)
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

	// Dialing is told of each address before the connection to it is opened, which waits until it returns; nil: nobody is.
	Dialing func(remote netip.AddrPort)
	// KeyLog receives the secrets of every TLS session toward targets (see tls.Config.KeyLogWriter): with them, captured
	// traffic can be decrypted. nil: they are told to nobody.
	KeyLog io.Writer

	opened atomic.Uint64
	closed [reasonCount]atomic.Uint64
}

// lastID numbers Channels. It belongs to the process, not to a Dialer, because
// the id in a log line must mean one connection only.
var lastID atomic.Uint64

// Lookup resolves t's host, or that of the forward proxy on the way to it. IP literals resolve to themselves; names under
// .invalid have no address by RFC 6761 section 6.4 and nobody is asked. ctx
// carries the connect timer (Target.ConnectContext). Errors are *Error with
// phase Lookup: NotResolved, Timeout, Budget or Canceled.
func (d *Dialer) Lookup(ctx context.Context, t *Target) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(t.peerHost); err == nil {
		return []netip.Addr{address.Unmap()}, nil
	}
	try := attempt{target: t, phase: Lookup, began: time.Now()}
	if neverExists(t.peerHost) {
		return nil, try.failed(NotResolved, errors.New("names under .invalid have no address"))
	}
	addresses, err := d.resolve(ctx, t.peerHost)
	if err == nil && len(addresses) == 0 {
		err = errors.New("the name has no address")
	}
	if err != nil {
		if cause, over := ended(ctx); over {
			return nil, try.failed(cause, err)
		}
		return nil, try.failed(NotResolved, err)
	}
	for i := range addresses {
		addresses[i] = addresses[i].Unmap()
	}
	return addresses, nil
}

func (d *Dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if d.LookupNetIP != nil {
		return d.LookupNetIP(ctx, "ip", host)
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

func neverExists(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "invalid" || strings.HasSuffix(host, ".invalid")
}

// Dial tries the addresses in their order, one at a time, and returns a Channel
// over the first that answers, with a use count of 1 and an age that counts from
// this call. TCP only; tunnel and handshake are the Channel's.
//
// ctx carries the connect timer. What is left of it is shared among the
// addresses left, so that a silent one does not starve the next. Errors are
// *Error with phase Connect; of several failures the last is told, except that
// "no route" never hides one that says more.
func (d *Dialer) Dial(ctx context.Context, t *Target, addrs []netip.Addr) (*Channel, error) {
	try := attempt{target: t, phase: Connect, began: time.Now(), id: lastID.Add(1)}
	cause, told := NotResolved, errors.New("no address to connect to")
	for i, address := range addrs {
		remote := netip.AddrPortFrom(address, uint16(t.peerPort))
		conn, err := d.connect(ctx, remote, len(addrs)-i)
		if err == nil {
			return d.channel(try, conn, remote), nil
		}
		why, _ := causeOf(err)
		reason, over := ended(ctx)
		if over {
			why = reason
		}
		if i == 0 || over || why != Unreachable {
			cause, told, try.remote = why, err, remote
		}
		if over {
			break
		}
	}
	return nil, try.failed(cause, told)
}

// connect tries one address, with left addresses (this one included) to share
// the time among. No share is less than a third of what remains: a name with
// many addresses must not leave each of them too little for one round trip.
func (d *Dialer) connect(ctx context.Context, remote netip.AddrPort, left int) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		share := time.Until(deadline) / time.Duration(min(left, 3))
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	if d.Dialing != nil {
		d.Dialing(remote)
	}
	if d.DialContext != nil {
		return d.DialContext(ctx, "tcp", remote.String())
	}
	// No keep-alive probes: the timers end a dead connection, and a probe in
	// the middle of a silent handshake would disturb what a capture shows.
	dialer := net.Dialer{KeepAlive: -1}
	return dialer.DialContext(ctx, "tcp", remote.String())
}

// ended tells whether and why ctx is over. The dialer notices a deadline on a
// timer of its own, at times before the context does.
func ended(ctx context.Context) (Cause, bool) {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	switch {
	case ctx.Err() == nil:
		return "", false
	case errors.Is(context.Cause(ctx), errBudget):
		return Budget, true
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Timeout, true
	}
	return Canceled, true
}

// attempt is a Channel that does not exist yet.
type attempt struct {
	target *Target
	phase  Phase
	began  time.Time
	id     uint64
	remote netip.AddrPort
}

func (a attempt) failed(cause Cause, err error) *Error {
	if a.id == 0 {
		a.id = lastID.Add(1)
	}
	age := time.Since(a.began).Truncate(time.Millisecond)
	return &Error{Phase: a.phase, Cause: cause, Err: err, Snapshot: Snapshot{
		Secure: a.target.Secure(), ID: a.id, Name: a.target.peer,
		Remote: a.remote, Local: noAddress,
		UseCount: 1, Age: age, LastIO: age,
	}}
}
