package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/proxy/wire"
)

// circumstances are what a provocation meets: a caller that may have left, and a
// deadline for the whole call, if any.
type circumstances struct {
	ctx    context.Context
	budget time.Time
}

type provocation = func(t *testing.T, with circumstances) error

// original are the original's timers.
var original = Timeouts{Connect: 3 * time.Second, Handshake: 55 * time.Second, IO: 55 * time.Second}

// TestEveryPhaseFailsByEveryCauseItCanHave provokes each pair once. Where a
// timer decides, time is virtual.
func TestEveryPhaseFailsByEveryCauseItCanHave(t *testing.T) {
	for phase, causes := range pairs {
		for cause, provoke := range causes {
			run := func(t *testing.T) {
				with := circumstances{ctx: t.Context()}
				if cause == Budget {
					with.budget = time.Now().Add(time.Second)
				}
				if cause == Canceled {
					gone, leave := context.WithCancel(with.ctx)
					leave()
					with.ctx = gone
				}
				expect(t, provoke(t, with), phase, cause)
			}
			t.Run(string(phase)+"/"+string(cause), func(t *testing.T) {
				if cause == Timeout || cause == Budget {
					synctest.Test(t, run)
					return
				}
				run(t)
			})
		}
	}
}

var pairs = map[Phase]map[Cause]provocation{
	Lookup: {
		NotResolved: lookup(fail(&net.DNSError{Err: "no such host"})),
		Timeout:     lookup(hang),
		Budget:      lookup(hang),
		Canceled:    lookup(hang),
	},
	Connect: {
		NotResolved: func(t *testing.T, with circumstances) error { return connectTo(with, new(Dialer)) },
		Refused:     refusedForReal,
		Unreachable: connecting(fail(syscall.EHOSTUNREACH)),
		Reset:       connecting(fail(syscall.ECONNRESET)),
		Timeout:     connecting(hang),
		Budget:      connecting(hang),
		Canceled:    connecting(hang),
		Unknown:     connecting(fail(syscall.EMFILE)),
	},
	Tunnel: {
		TunnelRefused:       digging(await, say("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")),
		Timeout:             diggingInVain(silent),
		Budget:              diggingInVain(func(net.Conn) {}),
		Closed:              digging(await, hangUp),
		Reset:               digging(await, reset),
		Malformed:           digging(await, say("SSH-2.0-OpenSSH_9.2\r\n")),
		LineTooBig:          digging(await, say("HTTP/1.1 200 "+strings.Repeat("x", 2100)+"\r\n\r\n")),
		HeadersTooBig:       digging(await, say("HTTP/1.1 200 OK\r\n"+strings.Repeat("X-Big: "+strings.Repeat("x", 1000)+"\r\n", 26)+"\r\n")),
		VersionNotSupported: digging(await, say("HTTP/2.0 200 OK\r\n\r\n")),
		Canceled:            diggingInterrupted,
	},
	Handshake: {
		Timeout:       shakingHandsInVain,
		Budget:        shakingHandsInVain,
		Closed:        shakingHands(hangUp),
		Reset:         shakingHands(await, reset),
		Alert:         shakingHands(say("\x15\x03\x03\x00\x02\x02\x28")),
		NotTLS:        shakingHands(say("HTTP/1.1 400 Bad Request\r\n\r\n")),
		TLSFailure:    shakingHands(say("\x16\x03\x03\x00\x04\x02\x00\x00\x00")), // a ServerHello without content
		UntrustedCert: presentedBy(newStranger, "localhost"),
		ExpiredCert:   presented(expired, "localhost"),
		WrongName:     presented(nil, "elsewhere.example"),
		WrongAddress:  presented(nil, "192.0.2.1"),
		Canceled:      interrupted(&TLS{}, (*Channel).shake),
	},
	Send: {
		Timeout:  sendingInVain,
		Budget:   sendingInVain,
		Reset:    sending(await, reset),
		Canceled: interrupted(nil, (*Channel).flood),
	},
	Wait: {
		Timeout:    waitingInVain(""),
		Budget:     waitingInVain(""),
		Closed:     receiving(hangUp),
		Reset:      receiving(await, reset),
		Alert:      certificateRequired,
		TLSFailure: receivingUnderTLS("\x17\x03\x03\x00\x20 these bytes decrypt to nothing."),
		NotTLS:     receivingUnderTLS("HTTP/1.1 200 OK\r\n\r\n"),
		Canceled:   interrupted(nil, (*Channel).ask),
	},
	Receive: {
		Timeout:             waitingInVain("HTTP/1.1 200 OK\r\nContent-Le"),
		Budget:              waitingInVain("HTTP/1.1 200 OK\r\nContent-Le"),
		Closed:              receiving(say("HTTP/1.1 200 OK\r\nContent-Le"), hangUp),
		Reset:               receiving(say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), await, reset),
		Malformed:           receiving(say("HTTP/1.1 200 OK\r\nbroken field\r\n\r\n")),
		LineTooBig:          receiving(say("HTTP/1.1 200 " + strings.Repeat("x", 2100) + "\r\n\r\n")),
		HeadersTooBig:       receiving(say("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Big: "+strings.Repeat("x", 1000)+"\r\n", 26) + "\r\n")),
		VersionNotSupported: receiving(say("HTTP/2.0 200 OK\r\n\r\n")),
		Canceled:            receivedAndInterrupted,
	},
}

// What the network does to a lookup or a connect.

func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func fail(err error) func(context.Context) error {
	return func(context.Context) error { return &net.OpError{Op: "dial", Err: err} }
}

func lookup(answer func(context.Context) error) provocation {
	return func(t *testing.T, with circumstances) error {
		dialer := &Dialer{LookupNetIP: func(ctx context.Context, _, _ string) ([]netip.Addr, error) { return nil, answer(ctx) }}
		target := NewTarget("backend.example", 443, nil, original)
		ctx, cancel := target.ConnectContext(with.ctx, with.budget)
		defer cancel()
		_, err := dialer.Lookup(ctx, target)
		return err
	}
}

func connecting(answer func(context.Context) error) provocation {
	return func(t *testing.T, with circumstances) error {
		dialer := &Dialer{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return nil, answer(ctx) }}
		return connectTo(with, dialer, netip.MustParseAddr("192.0.2.1"))
	}
}

func connectTo(with circumstances, dialer *Dialer, addresses ...netip.Addr) error {
	target := NewTarget("backend.example", 443, nil, original)
	ctx, cancel := target.ConnectContext(with.ctx, with.budget)
	defer cancel()
	_, err := dialer.Dial(ctx, target, addresses)
	return err
}

func refusedForReal(t *testing.T, with circumstances) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	address := listener.Addr().(*net.TCPAddr).AddrPort()
	listener.Close()
	_, err = new(Dialer).Dial(with.ctx, toward(address, nil, patient), []netip.Addr{address.Addr()})
	return err
}

// What a peer does, step by step.

func steps(script []func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		for _, step := range script {
			step(conn)
		}
		silent(conn)
	}
}

func say(text string) func(net.Conn) {
	return func(conn net.Conn) { io.WriteString(conn, text) }
}

// await waits for something from us. Before a reset it makes sure that we are in
// the phase that is meant.
func await(conn net.Conn) { conn.Read(make([]byte, 1)) }

// The handshake.

func shakingHands(script ...func(net.Conn)) provocation {
	return func(t *testing.T, _ circumstances) error {
		return dial(t, new(Dialer), toward(serve(t, steps(script)), &TLS{}, patient)).shake()
	}
}

func shakingHandsInVain(t *testing.T, with circumstances) error {
	c := dial(t, overPipe(t, silent), NewTarget("192.0.2.1", 443, &TLS{}, original))
	return c.Handshake(with.budget)
}

func presented(change func(*x509.Certificate), name string) provocation {
	return presentedBy(func(t *testing.T) (*authority, *authority, func(*x509.Certificate)) {
		known := newAuthority(t)
		return known, known, change
	}, name)
}

func newStranger(t *testing.T) (known, issuer *authority, change func(*x509.Certificate)) {
	return newAuthority(t), newAuthority(t), nil
}

func presentedBy(issuers func(*testing.T) (known, issuer *authority, change func(*x509.Certificate)), name string) provocation {
	return func(t *testing.T, _ circumstances) error {
		known, issuer, change := issuers(t)
		address := serveTLS(t, server(issuer.issue(t, change)), greet)
		return dial(t, new(Dialer), secured(address, known, func(s *TLS) { s.ServerName = name })).shake()
	}
}

// The exchange.

func (c *Channel) shake() error { return c.Handshake(time.Time{}) }

// flood writes until that fails, which it must once nobody reads.
func (c *Channel) flood() error {
	for waste := make([]byte, piece); ; {
		if _, err := c.Write(waste); err != nil {
			return err
		}
	}
}

// receive reads one response with its body.
func (c *Channel) receive() error {
	var response wire.Response
	if err := c.ReadResponse(&response, []byte("GET"), limits); err != nil {
		return err
	}
	if _, err := c.Body(&response, limits).AppendTo(nil, 1<<20); err != nil {
		return c.Fail(err)
	}
	return nil
}

// ask begins a request and waits for the answer.
func (c *Channel) ask() error {
	if _, err := io.WriteString(c, "GET "); err != nil {
		return err
	}
	return c.receive()
}

func sending(script ...func(net.Conn)) provocation {
	return func(t *testing.T, _ circumstances) error {
		return open(t, new(Dialer), toward(serve(t, steps(script)), nil, patient)).flood()
	}
}

func sendingInVain(t *testing.T, with circumstances) error {
	c := open(t, overPipe(t, func(net.Conn) {}), NewTarget("192.0.2.1", 80, nil, original))
	c.Use(with.budget)
	return c.flood()
}

func receiving(script ...func(net.Conn)) provocation {
	return func(t *testing.T, _ circumstances) error {
		return open(t, new(Dialer), toward(serve(t, steps(script)), nil, patient)).ask()
	}
}

func waitingInVain(beginning string) provocation {
	return func(t *testing.T, with circumstances) error {
		c := open(t, overPipe(t, say(beginning)), NewTarget("192.0.2.1", 80, nil, original))
		c.Use(with.budget)
		return c.receive()
	}
}

// receivingUnderTLS puts bytes on the wire that TLS did not make.
func receivingUnderTLS(bytes string) provocation {
	return func(t *testing.T, _ circumstances) error {
		authority := newAuthority(t)
		address := serveTLS(t, server(authority.issue(t, nil)), func(conn *tls.Conn) {
			io.WriteString(conn.NetConn(), bytes)
			silent(conn.NetConn())
		})
		return open(t, new(Dialer), secured(address, authority, nil)).receive()
	}
}

func certificateRequired(t *testing.T, _ circumstances) error {
	authority := newAuthority(t)
	address := serveTLS(t, demanding(t, authority, tls.VersionTLS13), greet)
	return open(t, new(Dialer), secured(address, authority, nil)).receive()
}

// interrupted closes the Channel under its user, once the peer has seen that
// something is going on.
func interrupted(settings *TLS, use func(*Channel) error) provocation {
	return func(t *testing.T, _ circumstances) error {
		busy := make(chan struct{})
		address := serve(t, func(conn net.Conn) {
			await(conn)
			close(busy)
		})
		c := dial(t, new(Dialer), toward(address, settings, patient))
		go func() { <-busy; c.Close() }()
		return use(c)
	}
}

func receivedAndInterrupted(t *testing.T, _ circumstances) error {
	c := open(t, new(Dialer), toward(serve(t, say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")), nil, patient))
	var response wire.Response
	check(t, c.ReadResponse(&response, []byte("GET"), limits))
	go c.Close()
	_, err := c.Body(&response, limits).Read(make([]byte, 1))
	return c.Fail(err)
}
