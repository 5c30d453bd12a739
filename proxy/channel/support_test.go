package channel

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"message-processor/proxy/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patient is for tests whose subject is not a timer: long enough for a busy
// machine, short enough to notice a hang.
var patient = Timeouts{Connect: 10 * time.Second, Handshake: 10 * time.Second, IO: 10 * time.Second, KeepAlive: time.Minute}

var limits = wire.Limits{Line: 2048, Headers: 25600}

// missing skips, unless the machine claims to have everything.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("REQUIRE_COMPONENTS") == "1" {
		t.Fatal("missing: ", what)
	}
	t.Skip("missing: ", what)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve accepts on loopback and runs script once per connection; when the test
// ends connections are closed and scripts waited for.
func serve(t testing.TB, script func(net.Conn)) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	var scripts sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	scripts.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			scripts.Go(func() { script(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		scripts.Wait()
	})
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// serveTLS is serve behind a TLS handshake.
func serveTLS(t testing.TB, config *tls.Config, script func(*tls.Conn)) netip.AddrPort {
	t.Helper()
	return serve(t, func(conn net.Conn) {
		secure := tls.Server(conn, config)
		if secure.Handshake() == nil {
			script(secure)
		}
	})
}

// toward is a target at address; the name is what certificates are judged by.
func toward(address netip.AddrPort, settings *TLS, timeouts Timeouts) *Target {
	return NewTarget(address.Addr().String(), int(address.Port()), settings, timeouts)
}

// dial connects and leaves the handshake to the test.
func dial(t testing.TB, dialer *Dialer, target *Target) *Channel {
	t.Helper()
	c, err := connect(dialer, target)
	check(t, err)
	t.Cleanup(c.Close)
	return c
}

func connect(dialer *Dialer, target *Target) (*Channel, error) {
	ctx, cancel := target.ConnectContext(context.Background(), time.Time{})
	defer cancel()
	addresses, err := dialer.Lookup(ctx, target)
	if err != nil {
		return nil, err
	}
	return dialer.Dial(ctx, target, addresses)
}

// open connects and shakes hands.
func open(t testing.TB, dialer *Dialer, target *Target) *Channel {
	t.Helper()
	c := dial(t, dialer, target)
	check(t, c.Handshake(time.Time{}))
	c.Use(time.Time{})
	return c
}

// overPipe is a dialer whose connections end in script, without the kernel, so
// that it works in a bubble of virtual time.
func overPipe(t *testing.T, script func(net.Conn)) *Dialer {
	return &Dialer{DialContext: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		var done sync.WaitGroup
		done.Go(func() { script(theirs) })
		t.Cleanup(func() {
			theirs.Close()
			done.Wait()
		})
		return ours, nil
	}}
}

func failure(t *testing.T, err error) *Error {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("got error %v (%T), want a *channel.Error", err, err)
	}
	return failed
}

// expect checks where and why something failed.
func expect(t *testing.T, err error, phase Phase, cause Cause) *Error {
	t.Helper()
	failed := failure(t, err)
	if failed.Phase != phase || failed.Cause != cause {
		t.Fatalf("failed in %q by %q, want %q by %q: %v", failed.Phase, failed.Cause, phase, cause, err)
	}
	return failed
}

// silent reads and never answers.
func silent(conn net.Conn) { io.Copy(io.Discard, conn) }

// hangUp ends the connection with FIN.
func hangUp(conn net.Conn) {
	conn.(interface{ CloseWrite() error }).CloseWrite()
	io.Copy(io.Discard, conn)
}

// reset ends the connection with RST.
func reset(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().AddDate(-10, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return &authority{sign(t, template, template, key, key), key}
}

func sign(t testing.TB, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	check(t, err)
	certificate, err := x509.ParseCertificate(der)
	check(t, err)
	return certificate
}

// roots trusts this authority only.
func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// issue makes a certificate for localhost and 127.0.0.1 that is valid today,
// unless change makes it something else.
func (a *authority) issue(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(template)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	leaf := sign(t, template, a.certificate, key, a.key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func expired(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }

func notYetValid(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }

func forOthers(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"elsewhere.example"}, nil }

// server is a TLS server configuration with one certificate.
func server(certificate tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}}
}

// serverSide shakes hands and leaves it to the reader to notice a failure.
func serverSide(conn net.Conn, config *tls.Config) *tls.Conn {
	secure := tls.Server(conn, config)
	secure.Handshake()
	return secure
}
