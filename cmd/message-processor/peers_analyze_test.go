package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"message-processor/faults/diagnosis/packets"
	"message-processor/faults/verdict"
)

// analyzed is what `analyze --json` prints (contract section 9).
type analyzed struct {
	File string
	packets.Report
}

// analyzeFile runs the command on a capture.
func analyzeFile(t *testing.T, file string) analyzed {
	t.Helper()
	var out, talk bytes.Buffer
	code := run([]string{"analyze", "--json", file}, streams{in: strings.NewReader(""), out: &out, err: &talk})
	var a analyzed
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		t.Fatalf("exit code %d: %v\n%s", code, err, &talk)
	}
	if healthy := a.Healthy(); (code == 0) != healthy || a.File != file {
		t.Errorf("exit code %d, file %q; all healthy: %v", code, a.File, healthy)
	}
	return a
}

// verdictsOf are the verdicts of the connections to a server that began within the capture: connect-timeout fills its own
// queue with others.
func (a *analyzed) verdictsOf(address string) (ids []string) {
	for i := range a.Connections {
		if c := &a.Connections[i]; c.Server.String() == address && !c.MidStream {
			ids = append(ids, c.Verdict.ID)
		}
	}
	return ids
}

// check compares the verdict of every connection to a backend.
func (a *analyzed) check(t *testing.T, name, address, want string) {
	t.Helper()
	ids := a.verdictsOf(address)
	if len(ids) == 0 {
		t.Errorf("%s: no connection to %s in %s", name, address, filepath.Base(a.File))
	}
	for _, id := range ids {
		if id != want {
			t.Errorf("%s: the verdict on %s is %s, want %s", filepath.Base(a.File), name, id, want)
		}
	}
}

// recorders capture with tcpdump (pcap, Ethernet) and with tshark (pcapng, Linux cooked) at the same time.
type recorders struct {
	files    [2]string
	programs [2]*process
}

func recordAll(t *testing.T, addresses []string) recorders {
	t.Helper()
	needsRoot(t, "to capture packets")
	var ports []string
	for _, address := range addresses {
		ports = append(ports, "tcp port "+address[strings.LastIndex(address, ":")+1:])
	}
	filter, dir := strings.Join(ports, " or "), t.TempDir()
	r := recorders{files: [2]string{filepath.Join(dir, "lo.pcap"), filepath.Join(dir, "any.pcapng")}}
	r.programs[0] = beside(t, exec.Command(component(t, "tcpdump"), "-i", "lo", "-s", "0", "-U", "-B", "16384",
		"-Z", "root", "-w", r.files[0], filter))
	r.programs[1] = beside(t, exec.Command(component(t, "tshark"), "-q", "-i", "any", "-B", "16", "-f", filter, "-w", r.files[1]))
	r.programs[0].mustAwait(t, &r.programs[0].stderr, "listening on lo")
	r.programs[1].mustAwait(t, &r.programs[1].stderr, "Capturing on")
	eventually(t, "the head of tshark's file", func() bool {
		info, err := os.Stat(r.files[1])
		return err == nil && info.Size() > 0
	})
	return r
}

// end stops both and analyzes what they wrote. A capture that has lost packets proves nothing.
func (r recorders) end(t *testing.T, captured func(analyzed) bool) (all [2]analyzed) {
	t.Helper()
	for i, file := range r.files {
		eventually(t, "the last packets in "+filepath.Base(file), func() bool { return captured(analyzeFile(t, file)) })
		r.programs[i].signal(t, syscall.SIGINT)
		r.programs[i].mustExit(t, 0)
		all[i] = analyzeFile(t, file)
	}
	if text := r.programs[0].stderr.String(); !strings.Contains(text, "\n0 packets dropped by kernel") {
		t.Skip("tcpdump has lost packets: ", text)
	}
	return all
}

// onTheWire is what a capture tells of each backend of the lab, in front of which the gateway speaks TLS 1.3. Not listed: what
// makes no connection, and the faults of a content that is encrypted.
var onTheWire = map[string]string{
	"healthy": verdict.Healthy, "tls-silent": verdict.BackendSilent, "tls-blackhole": verdict.FirewallDropsData,
	"tls-stall-after-server-hello": verdict.BackendSlow,
	"tls-close":                    verdict.ClosedInHandshake, "tls-reset": verdict.ResetInHandshake,
	"tls-alert": verdict.TLSCipherMismatch, "tls-old-version": verdict.TLSVersionMismatch,
	"tls-no-common-cipher": verdict.TLSCipherMismatch, "tls-client-cert-required": verdict.ClientCertificateRequired,
	"plain-on-tls-port": verdict.NotTLS, "connect-refused": verdict.ConnectionRefused, "connect-timeout": verdict.ConnectionFiltered,
	// Why the gateway refuses a certificate is encrypted in TLS 1.3.
	"tls-unknown-ca": verdict.Inconclusive, "tls-expired": verdict.Inconclusive, "tls-wrong-name": verdict.Inconclusive,
	"response-silent": verdict.ResponseSilent, "eof-before-response": verdict.ClosedBeforeResponse,
	"eof-in-headers": verdict.ClosedInResponse, "eof-in-body": verdict.ClosedInResponse,
	"stale-keepalive": verdict.StaleConnection, "status-503": verdict.Healthy,
}

func TestAnalyzeNamesTheBackendsOfTheLab(t *testing.T) {
	t.Parallel()
	needsRoot(t, "to capture packets")
	p := serving(t, "--json", "--connect-timeout", "2s", "--handshake-timeout", "2s", "--io-timeout", "2s")
	var rows []labRow
	var addresses []string
	for _, row := range labRows(t, p) {
		if onTheWire[row.Name] != "" && row.GatewayURL != "" {
			rows, addresses = append(rows, row), append(addresses, row.Address)
		}
	}
	r := recordAll(t, addresses)
	var asking sync.WaitGroup
	for _, row := range rows {
		asking.Go(func() { provoke(row) })
	}
	asking.Wait()
	p.stop(t)
	all := r.end(t, func(a analyzed) bool { return len(a.Connections) >= len(rows) && a.settled() })
	for _, a := range all {
		for _, row := range rows {
			a.check(t, row.Name, row.Address, onTheWire[row.Name])
		}
		a.compareRetransmissions(t)
	}
}

// settled tells whether the connections have ended that can end: behind a firewall and without an answer to the SYN none does.
func (a *analyzed) settled() bool {
	for i := range a.Connections {
		c := &a.Connections[i]
		if c.Ended.How == "" && c.Verdict.ID != verdict.FirewallDropsData && c.Verdict.ID != verdict.ConnectionFiltered {
			return false
		}
	}
	return true
}

// compareRetransmissions counts them with tshark, too.
func (a *analyzed) compareRetransmissions(t *testing.T) {
	t.Helper()
	ours := 0
	for i := range a.Connections {
		ours += a.Connections[i].Retransmissions
	}
	theirs := strings.Count(toEnd(t, component(t, "tshark"), "-r", a.File, "-Y", "tcp.analysis.retransmission", "-T", "fields", "-e", "frame.number"), "\n")
	if ours != theirs || ours == 0 {
		t.Errorf("%s: we count %d retransmissions, tshark %d", filepath.Base(a.File), ours, theirs)
	}
}

// Up to TLS 1.2 the certificate and the alerts about it can be read.
func TestAnalyzeNamesWhatIsWrongWithACertificate(t *testing.T) {
	t.Parallel()
	needsRoot(t, "to capture packets")
	want := map[string]string{
		"healthy": verdict.Healthy, "tls-expired": verdict.CertificateExpired, "tls-wrong-name": verdict.CertificateWrongName,
		"tls-unknown-ca": verdict.CertificateUntrusted, "tls-client-cert-required": verdict.ClientCertificateRequired,
		"tls-slow": verdict.BackendSlow, "eof-before-response": verdict.ClosedBeforeResponse, "stale-keepalive": verdict.StaleConnection,
	}
	ca := filepath.Join(t.TempDir(), "lab-ca.pem")
	names := []string{"--write-ca", ca, "--set", "tls-slow.delay=1600ms"}
	for name := range want {
		names = append(names, name)
	}
	_, backends := runningLab(t, names...)
	var targets []tlsTarget
	var addresses []string
	for name, row := range backends {
		targets = append(targets, tlsTarget{name: name, address: row.Address, tls: fmt.Sprintf("max_version: '1.2', ca_file: '%s'", ca)})
		addresses = append(addresses, row.Address)
	}
	r := recordAll(t, addresses)
	gateway := frontTLS(t, targets)
	var asking sync.WaitGroup
	for _, target := range targets {
		asking.Go(func() { getTwice(gateway.gateway + "/" + target.name) })
	}
	asking.Wait()
	gateway.stop(t)
	for _, a := range r.end(t, func(a analyzed) bool { return len(a.Connections) >= len(want) && a.settled() }) {
		for name, id := range want {
			a.check(t, name, backends[name].Address, id)
		}
	}
}

// The playbook's question, twenty times on each side: is it the network or the backend?
func TestAnalyzeNeverTakesAFirewallForASilentBackend(t *testing.T) {
	t.Parallel()
	needsRoot(t, "to capture packets")
	const runs = 20
	p := serving(t, "--json", "--handshake-timeout", "1500ms")
	want := map[string]string{"tls-silent": verdict.BackendSilent, "tls-blackhole": verdict.FirewallDropsData}
	var rows []labRow
	var addresses []string
	for _, row := range labRows(t, p) {
		if want[row.Name] != "" {
			rows, addresses = append(rows, row), append(addresses, row.Address)
		}
		if want[row.Name] != "" && row.GatewayURL == "" {
			t.Skip(row.Note)
		}
	}
	r := recordAll(t, addresses)
	var asking sync.WaitGroup
	for range runs {
		for _, row := range rows {
			asking.Go(func() { get(row.GatewayURL) })
		}
	}
	asking.Wait()
	for _, a := range r.end(t, func(a analyzed) bool { return len(a.Connections) >= 2*runs && a.settled() }) {
		for _, row := range rows {
			if got := len(a.verdictsOf(row.Address)); got != runs {
				t.Errorf("%d connections to %s, want %d", got, row.Name, runs)
			}
			a.check(t, row.Name, row.Address, want[row.Name])
		}
	}
}
