package capture

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func startWatch(t testing.TB, keys *Keys) *Watch {
	t.Helper()
	w, err := StartWatch(WatchOptions{Directory: filepath.Join(t.TempDir(), "captures"), Keys: keys,
		Warn: func(line string) { t.Log("warned: " + line) }})
	permitted(t, err)
	t.Cleanup(w.Close)
	return w
}

// get asks an HTTPS server over a connection of its own, dialled as the gateway would, and returns the local address.
func get(t *testing.T, w *Watch, server *httptest.Server, keys io.Writer, path string) netip.AddrPort {
	t.Helper()
	remote := server.Listener.Addr().(*net.TCPAddr).AddrPort()
	w.Dialing(remote)
	conn, err := tls.Dial("tcp", remote.String(), &tls.Config{InsecureSkipVerify: true, KeyLogWriter: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", path)
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200") {
		t.Fatalf("%q %v", answer, err)
	}
	return conn.LocalAddr().(*net.TCPAddr).AddrPort()
}

// written waits for a capture.
func written(t *testing.T, w *Watch, id string) (path string) {
	t.Helper()
	eventually(t, "the capture "+id, func() bool {
		var found bool
		path, found = Find(w.o.Directory, id)
		return found
	})
	return path
}

func secretServer(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "fine") }))
	t.Cleanup(server.Close)
	return server
}

func TestWiresharkDecryptsWhatItHasTheSecretsOfAndNothingElse(t *testing.T) {
	server := secretServer(t)
	remote := server.Listener.Addr().(*net.TCPAddr).AddrPort()
	as := []string{"-d", fmt.Sprintf("tcp.port==%d,tls", remote.Port()), "-Y", "http"}
	for _, keys := range []*Keys{NewKeys(), nil} {
		w := startWatch(t, keys)
		var log io.Writer
		if keys != nil {
			log = keys
		}
		other := get(t, w, server, log, "/of/another")
		local := get(t, w, server, log, "/secret/path")
		w.Fault("mp1-7-8-1", local, remote)
		path := written(t, w, "mp1-7-8-1")
		shown := strings.Join(tshark(t, path, as...), "\n")
		if got := strings.Contains(shown, "GET /secret/path"); got != (keys != nil) {
			t.Errorf("with secrets is %v, decrypted is %v:\n%s", keys != nil, got, shown)
		}
		if n := len(tshark(t, path)); n < 10 {
			t.Errorf("only %d packets", n)
		}
		if alien := tshark(t, path, "-Y", fmt.Sprintf("tcp.port==%d", other.Port())); len(alien) > 0 {
			t.Errorf("packets of another connection:\n%s", strings.Join(alien, "\n"))
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(content), "CLIENT_TRAFFIC_SECRET_0 "); keys != nil && n != 1 || keys == nil && n != 0 {
			t.Errorf("the secrets of %d sessions are in the file", n)
		}
		if !strings.Contains(string(content), "mp1-7-8-1") {
			t.Error("the message id is not in the head of the file")
		}
	}
}

func TestCapturesAreForTheirOwnerOnly(t *testing.T) {
	server := secretServer(t)
	w := startWatch(t, nil)
	local := get(t, w, server, nil, "/")
	w.Fault("mp1-7-8-1", local, server.Listener.Addr().(*net.TCPAddr).AddrPort())
	info, err := os.Stat(written(t, w, "mp1-7-8-1"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", err, info.Mode())
	}
	if info, err := os.Stat(w.o.Directory); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v %v", err, info.Mode())
	}
	if entries, _ := os.ReadDir(w.o.Directory); len(entries) != 1 {
		t.Errorf("%v", entries)
	}
}

func TestTheFirstConnectionToATargetHasItsSYN(t *testing.T) {
	w := startWatch(t, nil)
	for i := range 5 {
		server := echo(t, "127.0.0.1:0")
		w.Dialing(server)
		local := call(t, server, 10)
		id := fmt.Sprintf("mp1-7-%d-1", i)
		w.Fault(id, local, server)
		lines := tshark(t, written(t, w, id), "-T", "fields", "-e", "tcp.flags.str")
		if !strings.Contains(lines[0], "S") || strings.Contains(lines[0], "A") || !strings.Contains(lines[len(lines)-1], "A") {
			t.Errorf("it begins with %s and ends with %s", lines[0], lines[len(lines)-1])
		}
	}
}

func TestClosingWritesWhatIsStillWaiting(t *testing.T) {
	w := startWatch(t, nil)
	server := echo(t, "127.0.0.1:0")
	w.Dialing(server)
	local := call(t, server, 10)
	w.Fault("mp1-7-8-1", local, server)
	began := time.Now()
	w.Close()
	if _, found := Find(w.o.Directory, "mp1-7-8-1"); !found {
		t.Error("the capture is lost")
	}
	if waited := time.Since(began); waited > Grace {
		t.Errorf("closing took %v", waited)
	}
	w.Close()
	w.Fault("mp1-7-8-2", local, server)
	w.Dialing(endpoint("192.0.2.1:1"))
	var none *Watch
	none.Dialing(server)
	none.Fault("mp1-7-8-3", local, server)
	none.Close()
}

func TestATargetBeyondTheBoundReplacesTheOneDialledLeastRecently(t *testing.T) {
	w := startWatch(t, nil)
	for i := range watchTargets + 10 {
		w.Dialing(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 443))
		w.Dialing(endpoint("192.0.2.0:443"))
	}
	if len(w.targets) != watchTargets || w.targets[endpoint("192.0.2.0:443")] == nil || w.targets[endpoint("192.0.2.3:443")] != nil {
		t.Errorf("%d targets", len(w.targets))
	}
	for _, target := range w.targets {
		if target.ring.limit > watchBytes/watchTargets*2 {
			t.Fatalf("%d bytes for each of %d", target.ring.limit, len(w.targets))
		}
	}
}

func BenchmarkKeepingAPacket(b *testing.B) {
	w := &Watch{targets: map[netip.AddrPort]*target{backend: {ring: newRing(ringBytes)}}}
	data := tcp(gatewayPort(1), backend, flagACK, 1, make([]byte, 1000))
	for b.Loop() {
		s, _ := dissect(data)
		w.sort(s, &packet{length: len(data), data: data})
	}
}

func BenchmarkDialingAKnownTarget(b *testing.B) {
	w := &Watch{targets: map[netip.AddrPort]*target{backend: {ring: newRing(ringBytes)}}}
	for b.Loop() {
		w.Dialing(backend)
	}
}
