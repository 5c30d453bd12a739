package packets

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults/verdict"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got, -update writes it anew):\n%s", path, diff)
	}
}

// eightPackets is the capture of the playbook: TCP's handshake in the first three packets, the ClientHello in the fourth,
// three times again in 5, 6 and 7, and the end in the eighth.
func eightPackets(t testing.TB) *script {
	s := untilSilence(t)
	return s.after(54_339 * time.Millisecond).fin(Client)
}

// untilSilence is the same without the end.
func untilSilence(t testing.TB) *script {
	h := hello("backend.example.com")
	s := play(t).connect().after(time.Millisecond).send(Client, h)
	for _, pause := range []time.Duration{210, 210, 440} {
		s.after(pause*time.Millisecond).again(Client, h)
	}
	return s
}

func TestThePlaybooksEightPacketsAreAFirewall(t *testing.T) {
	s := eightPackets(t)
	golden(t, "playbook.pcap", s.pcap(link{"ethernet", 1, ethernet(8, 0)}))
	c := s.mustBe(verdict.FirewallDropsData)
	mustSay(t, c, "packets 1, 2 and 3")
	mustSay(t, c, "in packet 4;")
	mustSay(t, c, "packets 5, 6 and 7, after 0.21, 0.42 and 0.86 s, and no packet acknowledges it")
	mustSay(t, c, "FIN in packet 8")
	if h := c.ClientHello; h.ServerName != "backend.example.com" || h.Length != 278 || h.AcknowledgedBy != 0 || len(h.SentAgain) != 3 {
		t.Errorf("the ClientHello is %+v", h)
	}
	if c.RTT != 21*time.Millisecond || c.Retransmissions != 3 || c.Ended.How != ByFIN || c.Ended.By != Client {
		t.Errorf("round trip %v, %d retransmissions, ended %+v", c.RTT, c.Retransmissions, c.Ended)
	}
}

func TestThePlaybooksCaptureAsText(t *testing.T) {
	file, err := os.ReadFile("testdata/playbook.pcap")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := reportOf(t, file).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "playbook.txt", text.Bytes())
}

// Newer kernels hold the FIN back, and SetLinger(0) gives a RST.
func TestAFirewallIsRecognisedHoweverItEnds(t *testing.T) {
	untilSilence(t).mustBe(verdict.FirewallDropsData)
	untilSilence(t).after(time.Second).reset(Client).mustBe(verdict.FirewallDropsData)
	// The backend, which has seen nothing since the handshake, gives up.
	s := untilSilence(t).after(20 * time.Second)
	s.sent[0] -= 278
	s.reset(Server).mustBe(verdict.FirewallDropsData)
}

func TestABackendThatAcknowledgesIsSilent(t *testing.T) {
	s := play(t).connect().send(Client, hello("backend.example.com")).after(20 * time.Millisecond).ack(Server)
	c := s.after(55 * time.Second).fin(Client).mustBe(verdict.BackendSilent)
	mustSay(t, c, "acknowledged all of it in packet 5")
	if c.ClientHello.AcknowledgedBy != 5 {
		t.Errorf("acknowledged by packet %d", c.ClientHello.AcknowledgedBy)
	}
}

// Lost once and delivered the second time is no firewall.
func TestARetransmissionThatArrivesIsNoFirewall(t *testing.T) {
	h := hello("backend.example.com")
	s := play(t).connect().send(Client, h).after(210*time.Millisecond).again(Client, h).after(20 * time.Millisecond).ack(Server)
	c := s.after(55 * time.Second).fin(Client).mustBe(verdict.BackendSilent)
	mustSay(t, c, "after it had been sent again in packet 5")
}

// Behind the firewall only TCP's handshake is to be seen.
func TestACaptureBehindTheFirewallAsksForTheOtherSide(t *testing.T) {
	c := play(t).connect().after(55 * time.Second).fin(Client).mustBe(verdict.Inconclusive)
	if !bytes.Contains([]byte(c.Verdict.NextStep), []byte("firewall")) {
		t.Errorf("the next step is %q", c.Verdict.NextStep)
	}
}
