package main

import (
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"message-processor/faults/lab"
)

// packet is one TCP segment of a capture, as tshark dissects it.
type packet struct {
	at         time.Duration // after the first packet
	fromServer bool
	flags      string // of S, A, P, F and R those that are set
	sequence   int    // relative
	ack        int    // relative
	length     int    // of the payload
	record     string // TLS record types in the payload, if tshark sees any: 22 handshake, 21 alert
	repeated   bool   // a retransmission
}

// recording is a running tcpdump.
type recording struct {
	*process
	file, port string
}

// record captures what goes to and from an address on loopback.
func record(t *testing.T, address string) recording {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	r := recording{file: filepath.Join(t.TempDir(), "lo.pcap"), port: port}
	r.process = beside(t, exec.Command(component(t, "tcpdump"), "-i", "lo", "-s", "0", "-U", "--immediate-mode",
		"-Z", "root", "-w", r.file, "tcp port "+port))
	r.mustAwait(t, &r.stderr, "listening on lo")
	return r
}

// packets are those captured so far.
func (r recording) packets(t *testing.T) []packet {
	t.Helper()
	args := []string{"-r", r.file, "-d", "tcp.port==" + r.port + ",tls", "-T", "fields"}
	for _, field := range []string{"frame.time_relative", "tcp.srcport", "tcp.flags.str", "tcp.seq", "tcp.ack", "tcp.len",
		"tls.record.content_type", "tcp.analysis.retransmission"} {
		args = append(args, "-e", field)
	}
	var packets []packet
	for line := range strings.Lines(toEnd(t, component(t, "tshark"), args...)) {
		packets = append(packets, r.packet(t, strings.Split(strings.TrimSuffix(line, "\n"), "\t")))
	}
	return packets
}

func (r recording) packet(t *testing.T, f []string) packet {
	t.Helper()
	seconds, err := strconv.ParseFloat(f[0], 64)
	if err != nil || len(f) != 8 {
		t.Fatalf("not a line of eight fields: %q", f)
	}
	flags := strings.Map(func(r rune) rune {
		if strings.ContainsRune("SAPFR", r) {
			return r
		}
		return -1
	}, f[2])
	return packet{
		at: time.Duration(seconds * float64(time.Second)), fromServer: f[1] == r.port, flags: flags,
		sequence: number(t, f[3], `(\d+)`), ack: number(t, "0"+f[4], `(\d+)`), length: number(t, f[5], `(\d+)`),
		record: f[6], repeated: f[7] != "",
	}
}

// end stops the recording.
func (r recording) end(t *testing.T) {
	t.Helper()
	r.signal(t, syscall.SIGTERM)
	r.mustExit(t, 0)
}

// backendOfLab starts one backend of the lab.
func backendOfLab(t *testing.T, name string) lab.Backend {
	t.Helper()
	running, err := lab.Start(t.Context(), lab.Options{Names: []string{name}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Close() })
	backend := running.Backends()[0]
	if !backend.Available {
		t.Skip("needs a system for ", name, ": ", backend.Note)
	}
	return backend
}

// observed records a handshake that times out in front of a backend. settled tells from the packets, and from how long ago
// the answer came, when there is nothing more to wait for.
func observed(t *testing.T, name string, timeout time.Duration, settled func([]packet, time.Duration) bool) []packet {
	t.Helper()
	needsRoot(t, "to capture packets")
	backend := backendOfLab(t, name)
	recording := record(t, backend.Address)
	gateway := serving(t, "--target", backend.URL, "--handshake-timeout", timeout.String())
	got := mustGet(t, gateway.gateway+"/")
	answered := time.Now()
	handshakeTimeout.check(t, gateway, got)
	eventually(t, "the end of the exchange in the capture", func() bool {
		return settled(recording.packets(t), time.Since(answered))
	})
	recording.end(t)
	packets := recording.packets(t)
	t.Cleanup(func() {
		if t.Failed() {
			for _, p := range packets {
				t.Logf("%+v", p)
			}
		}
	})
	return packets
}

// beginsWithHandshake checks the beginning of a capture, TCP's handshake and the ClientHello, and returns the latter.
func beginsWithHandshake(t *testing.T, packets []packet) packet {
	t.Helper()
	if len(packets) < 4 {
		t.Fatalf("only %d packets", len(packets))
	}
	for i, flags := range []string{"S", "AS", "A", "AP"} {
		if got := sorted(packets[i].flags); got != flags || packets[i].fromServer != (i == 1) {
			t.Fatalf("packet %d has flags %s, want %s: %+v", i+1, got, flags, packets[i])
		}
	}
	hello := packets[3]
	if hello.record != "22" || hello.length < 200 {
		t.Fatalf("packet 4 is no ClientHello: %+v", hello)
	}
	return hello
}

func sorted(flags string) string {
	letters := strings.Split(flags, "")
	slices.Sort(letters)
	return strings.Join(letters, "")
}

// checkNeverAnswered looks for what neither side may have sent: data of the server, a reset of the gateway, and anything
// of the gateway besides the ClientHello, such as an alert.
func checkNeverAnswered(t *testing.T, packets []packet, hello packet) {
	t.Helper()
	for _, p := range packets {
		switch {
		case p.fromServer && p.length > 0:
			t.Errorf("data from the server: %+v", p)
		case !p.fromServer && strings.Contains(p.flags, "R"):
			t.Errorf("the gateway reset the connection: %+v", p)
		case !p.fromServer && p.length > 0 && (p.sequence != hello.sequence || p.length != hello.length):
			t.Errorf("the gateway sent more than its ClientHello: %+v", p)
		case strings.Contains(p.record, "21"):
			t.Errorf("a TLS alert: %+v", p)
		}
	}
}

func fin(p packet) bool { return !p.fromServer && strings.Contains(p.flags, "F") }

// A backend that stays silent has acknowledged the ClientHello, so the FIN follows at once when the timer expires.
func TestCaptureOfASilentBackendEndsWithTheGatewaysFIN(t *testing.T) {
	t.Parallel()
	const timeout = time.Second
	packets := observed(t, "tls-silent", timeout, func(packets []packet, _ time.Duration) bool {
		return slices.ContainsFunc(packets, fin)
	})
	hello := beginsWithHandshake(t, packets)
	checkNeverAnswered(t, packets, hello)
	acknowledged := func(p packet) bool { return p.fromServer && p.ack == hello.sequence+hello.length }
	if !slices.ContainsFunc(packets, acknowledged) {
		t.Error("the ClientHello was never acknowledged")
	}
	end := packets[slices.IndexFunc(packets, fin)]
	if waited := end.at - hello.at; waited < timeout-50*time.Millisecond || waited > timeout+time.Second {
		t.Errorf("the FIN came %v after the ClientHello, want %v", waited, timeout)
	}
	if end.sequence != hello.sequence+hello.length {
		t.Errorf("the FIN does not follow the ClientHello: %+v", end)
	}
}

// Behind a firewall that drops the ClientHello, the kernel sends it again and again. Whether a FIN follows is up to the
// kernel: newer ones hold it back until the ClientHello is acknowledged.
func TestCaptureOfAFirewallShowsTheClientHelloAgainAndAgain(t *testing.T) {
	t.Parallel()
	const timeout = 1500 * time.Millisecond
	packets := observed(t, "tls-blackhole", timeout, func(_ []packet, since time.Duration) bool {
		return since > 500*time.Millisecond // long enough to see a reset
	})
	hello := beginsWithHandshake(t, packets)
	checkNeverAnswered(t, packets, hello)
	repeats := 0
	for _, p := range packets[4:] {
		if !p.fromServer && p.length > 0 && p.at-hello.at < timeout {
			repeats++
			if !p.repeated || p.sequence != hello.sequence {
				t.Errorf("no retransmission of the ClientHello: %+v", p)
			}
		}
		if p.fromServer && p.ack > hello.sequence {
			t.Errorf("the ClientHello was acknowledged: %+v", p)
		}
	}
	if repeats < 3 {
		t.Errorf("the ClientHello was sent again %d times, want 3 or more", repeats)
	}
}
