package lab

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestSilentNeverAnswersAndClosesWithItsPeer(t *testing.T) {
	_, b := startOne(t, "tls-silent")
	conn := dialTCP(t, b)
	send(t, conn, strings.Repeat("hello", 1000))
	staysSilent(t, conn)
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(patience))
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after our FIN: %d, %v; want its FIN", n, err)
	}
}

func TestSlowDelaysOneFlightOfTLS13AndTwoOfTLS12(t *testing.T) {
	certs := mustCertificates(t, "127.0.0.1")
	for version, want := range map[uint16]time.Duration{tls.VersionTLS13: 5 * time.Second, tls.VersionTLS12: 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			start := time.Now()
			go tls.Server(&lateWrites{Conn: far, ctx: t.Context(), delay: 5 * time.Second}, certs.good()).Handshake()
			err := tls.Client(near, &tls.Config{InsecureSkipVerify: true, MaxVersion: version}).Handshake()
			if took := time.Since(start); err != nil || took != want {
				t.Errorf("%s: handshake took %v, %v; want %v", tls.VersionName(version), took, err, want)
			}
			near.Close()
		})
	}
}

func TestSlowIsHealthyAfterItsHandshake(t *testing.T) {
	const delay = 200 * time.Millisecond
	l, b := startOne(t, "tls-slow", "delay="+delay.String())
	start := time.Now()
	conn := dialTLS(t, l, b)
	if took := time.Since(start); took < delay {
		t.Errorf("handshake took %v, want %v", took, delay)
	}
	in := bufio.NewReader(conn)
	for range 3 {
		send(t, conn, get)
		if resp, _ := readResponse(t, in, "GET"); resp.StatusCode != 200 {
			t.Errorf("status is %d", resp.StatusCode)
		}
	}
}

func TestStallSendsTheServerHelloAloneAndClosesWithItsPeer(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		_, b := startOne(t, "tls-stall-after-server-hello")
		conn := dialTCP(t, b)
		sendHello(t, conn, version)
		head := make([]byte, recordHeader+4)
		if _, err := io.ReadFull(conn, head); err != nil {
			t.Fatal(err)
		}
		const serverHello = 2
		if head[0] != handshakeRecord || head[recordHeader] != serverHello {
			t.Errorf("%s: answer begins with % x, want a ServerHello", tls.VersionName(version), head)
		}
		io.CopyN(io.Discard, conn, recordLength(head)-4)
		staysSilent(t, conn)
		conn.CloseWrite()
		conn.SetReadDeadline(time.Now().Add(patience))
		if n, err := io.Copy(io.Discard, conn); n != 0 || err != nil {
			t.Errorf("after our FIN: %d more bytes, %v; want its FIN", n, err)
		}
	}
}

// sendHello sends the ClientHello of crypto/tls and nothing else.
func sendHello(t testing.TB, conn net.Conn, version uint16) {
	t.Helper()
	hello := &helloOnly{}
	tls.Client(hello, &tls.Config{ServerName: "lab", MaxVersion: version}).Handshake()
	if _, err := conn.Write(hello.sent); err != nil {
		t.Fatal(err)
	}
}

// helloOnly keeps what is written and has nothing to read; any other call crashes the test.
type helloOnly struct {
	net.Conn
	sent []byte
}

func (h *helloOnly) Write(p []byte) (int, error) { h.sent = append(h.sent, p...); return len(p), nil }
func (h *helloOnly) Read([]byte) (int, error)    { return 0, io.EOF }

func TestHowBackendsEndTheConnectionAfterTheClientHello(t *testing.T) {
	for name, want := range map[string]struct {
		bytes string
		end   error
	}{
		"tls-close": {"", io.EOF},
		"tls-reset": {"", syscall.ECONNRESET},
		"tls-alert": {"\x15\x03\x03\x00\x02\x02\x28", io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			_, b := startOne(t, name)
			conn := dialTCP(t, b)
			sendHello(t, conn, tls.VersionTLS13)
			got := make([]byte, 100)
			n, err := io.ReadFull(conn, got[:len(want.bytes)])
			if err == nil {
				_, err = conn.Read(got[n:])
			}
			if string(got[:n]) != want.bytes || !errors.Is(err, want.end) {
				t.Errorf("read %q, then %v; want %q, then %v", got[:n], err, want.bytes, want.end)
			}
		})
	}
}

// A client that has more to say than the ClientHello must see FIN all the same: unread data would turn it into RST.
func TestCloseSendsFINAlthoughMoreDataComes(t *testing.T) {
	_, b := startOne(t, "tls-close")
	conn := dialTCP(t, b)
	sendHello(t, conn, tls.VersionTLS13)
	send(t, conn, strings.Repeat("early data", 1000))
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read %d, %v; want FIN", n, err)
	}
}

func TestAlertsThatAClientReceives(t *testing.T) {
	for _, c := range []struct{ name, setting, want string }{
		{"tls-alert", "code=40", "handshake failure"},
		{"tls-alert", "code=80", "internal error"},
		{"tls-old-version", "", "protocol version not supported"},
		{"tls-no-common-cipher", "", "handshake failure"},
	} {
		var settings []string
		if c.setting != "" {
			settings = append(settings, c.setting)
		}
		l, b := startOne(t, c.name, settings...)
		_, err := handshake(t, b, trusting(l, b))
		wantAlert(t, c.name, err, c.want)
	}
}

// wantAlert fails unless err is an alert of the other side.
func wantAlert(t *testing.T, name string, err error, want string) {
	t.Helper()
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error is %v, want the remote alert %q", name, err, want)
	}
}

func TestOldVersionServesOldClients(t *testing.T) {
	l, b := startOne(t, "tls-old-version")
	config := trusting(l, b)
	config.MinVersion = tls.VersionTLS10
	conn, err := handshake(t, b, config)
	if err != nil || conn.ConnectionState().Version != tls.VersionTLS11 {
		t.Errorf("handshake: %v with version %x, want TLS 1.1", err, conn.ConnectionState().Version)
	}
}

func TestAClientCertificateIsDemandedAfterTheHandshakeOfTLS13AndWithinThatOfTLS12(t *testing.T) {
	l, b := startOne(t, "tls-client-cert-required")
	conn, err := handshake(t, b, trusting(l, b))
	if err != nil {
		t.Fatalf("TLS 1.3 handshake: %v; the client's side should succeed", err)
	}
	send(t, conn, get)
	_, err = conn.Read(make([]byte, 1))
	wantAlert(t, "TLS 1.3", err, "certificate required")

	config := trusting(l, b)
	config.MaxVersion = tls.VersionTLS12
	_, err = handshake(t, b, config)
	wantAlert(t, "TLS 1.2", err, "handshake failure")
}

func TestCertificatesAreWrongInExactlyOneWay(t *testing.T) {
	l := startLab(t, Options{Names: []string{"healthy", "tls-unknown-ca", "tls-expired", "tls-wrong-name"}})
	verify := map[string]func(error) bool{
		"healthy":        func(err error) bool { return err == nil },
		"tls-unknown-ca": func(err error) bool { return errors.As(err, new(x509.UnknownAuthorityError)) },
		"tls-expired": func(err error) bool {
			var invalid x509.CertificateInvalidError
			return errors.As(err, &invalid) && invalid.Reason == x509.Expired
		},
		"tls-wrong-name": func(err error) bool { return errors.As(err, new(x509.HostnameError)) },
	}
	for _, b := range l.Backends() {
		for _, name := range []string{"127.0.0.1", "localhost", "::1"} {
			config := trusting(l, b)
			config.ServerName = name
			if _, err := handshake(t, b, config); !verify[b.Name](err) {
				t.Errorf("%s, verified as %s: %v", b.Name, name, err)
			}
		}
	}
}

func TestWhoIgnoresAWrongCertificateIsServedWell(t *testing.T) {
	for _, name := range []string{"tls-unknown-ca", "tls-expired", "tls-wrong-name"} {
		_, b := startOne(t, name)
		conn, err := handshake(t, b, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		send(t, conn, get)
		if resp, _ := readResponse(t, bufio.NewReader(conn), "GET"); resp.StatusCode != 200 {
			t.Errorf("%s answers %d", name, resp.StatusCode)
		}
	}
}

// The expired certificate's one other fault would be hidden by the order of judgement: chain and name must be right.
func TestTheExpiredCertificateWasFineTwoDaysAgo(t *testing.T) {
	l, b := startOne(t, "tls-expired")
	config := trusting(l, b)
	config.Time = func() time.Time { return time.Now().Add(-2 * day) }
	if _, err := handshake(t, b, config); err != nil {
		t.Error(err)
	}
}

func TestTheAuthorityIsHandedOutAsPEMToo(t *testing.T) {
	l, b := startOne(t, "healthy")
	config := trusting(l, b)
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(l.CAPEM()) {
		t.Fatalf("no certificate in %q", l.CAPEM())
	}
	if _, err := handshake(t, b, config); err != nil {
		t.Error(err)
	}
}

func TestPlainOnTLSPortAnswersAClientHelloWithPlainHTTP(t *testing.T) {
	l, b := startOne(t, "plain-on-tls-port")
	_, err := handshake(t, b, trusting(l, b))
	var record tls.RecordHeaderError
	if !errors.As(err, &record) || string(record.RecordHeader[:]) != "HTTP/" {
		t.Errorf("handshake: %v, want an answer that is no TLS record", err)
	}

	conn := dialTCP(t, b)
	sendHello(t, conn, tls.VersionTLS13)
	in := bufio.NewReader(conn)
	if resp, _ := readResponse(t, in, "GET"); resp.StatusCode != 400 {
		t.Errorf("status is %d, want 400", resp.StatusCode)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("then %v, want FIN", err)
	}
}

func TestPlainOnTLSPortServesPlainHTTP(t *testing.T) {
	_, b := startOne(t, "plain-on-tls-port")
	conn := dialTCP(t, b)
	in := bufio.NewReader(conn)
	for range 2 {
		send(t, conn, get)
		if resp, _ := readResponse(t, in, "GET"); resp.StatusCode != 200 {
			t.Errorf("status is %d, want 200", resp.StatusCode)
		}
	}
}
