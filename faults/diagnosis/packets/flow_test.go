package packets

import (
	"bytes"
	"crypto/tls"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"message-processor/faults/verdict"
)

func kinds(c *Connection) (all []Kind) {
	for _, e := range c.Events {
		all = append(all, e.Kind)
	}
	return all
}

// swap exchanges the last two packets, not their times.
func (s *script) swap() *script {
	n := len(s.frames)
	s.frames[n-1].data, s.frames[n-2].data = s.frames[n-2].data, s.frames[n-1].data
	return s
}

func TestAClientHelloInTwoSegmentsIsOne(t *testing.T) {
	h := hello("backend.example.com")
	c := play(t).connect().send(Client, h[:100]).send(Client, h[100:]).after(20 * ms).ack(Server).after(time.Second).fin(Server).mustBe(verdict.ClosedInHandshake)
	mustSay(t, c, "in packets 4 to 5")
	if c.ClientHello.Packet != 5 || c.ClientHello.AcknowledgedBy != 6 {
		t.Errorf("%+v", c.ClientHello)
	}
	// The same, one before the other.
	c = play(t).connect().send(Client, h[:100]).send(Client, h[100:]).swap().after(20 * ms).ack(Server).after(time.Second).fin(Server).mustBe(verdict.ClosedInHandshake)
	if c.ClientHello == nil || c.ClientHello.ServerName != "backend.example.com" || c.Retransmissions != 0 {
		t.Errorf("%d retransmissions, %+v", c.Retransmissions, c.ClientHello)
	}
}

// A path that swallows only full segments lets the first part through.
func TestAClientHelloOfWhichOnlyAPartArrivesIsAFirewall(t *testing.T) {
	h := hello("backend.example.com")
	s := play(t).connect().send(Client, h[:200]).after(20*ms).ack(Server).send(Client, h[200:])
	for range 3 {
		s.after(400*ms).again(Client, h[200:])
	}
	c := s.mustBe(verdict.FirewallDropsData)
	if len(c.ClientHello.SentAgain) != 3 || c.ClientHello.AcknowledgedBy != 0 {
		t.Errorf("%+v", c.ClientHello)
	}
}

func TestWhatTheCaptureLacksIsAGapAndNotTheEndOfTheStory(t *testing.T) {
	s := request(ready(t)).lost(Server, 900)
	for range 10 {
		s.after(ms).ack(Client)
	}
	c := answer(request(s)).fin(Client).mustBe(verdict.Healthy)
	if !slices.Contains(kinds(c), Gap) {
		t.Errorf("no gap in %v", kinds(c))
	}
	mustSay(t, c, "the capture has lost packets")
}

func TestACopyFromAnotherInterfaceIsNoRetransmission(t *testing.T) {
	s := eightPackets(t)
	var twice []frame
	for _, f := range s.frames {
		copied := f
		copied.at = f.at.Add(50 * time.Microsecond)
		copied.data = bytes.Clone(f.data)
		copied.data[8]-- // one hop further
		twice = append(twice, f, copied)
	}
	s.frames = twice
	c := s.mustBe(verdict.FirewallDropsData)
	if c.Retransmissions != 3 || c.PacketCount != 8 {
		t.Errorf("%d retransmissions of %d packets, want 3 of 8", c.Retransmissions, c.PacketCount)
	}
}

// A short snap length keeps the heads of packets only.
func TestTruncatedPacketsStillTellWhatTCPDid(t *testing.T) {
	s := eightPackets(t)
	for i := range s.frames {
		s.frames[i].data = s.frames[i].data[:min(60, len(s.frames[i].data))]
	}
	c := s.mustBe(verdict.FirewallDropsData)
	if c.Retransmissions != 3 || c.ClientHello != nil {
		t.Errorf("%d retransmissions, ClientHello %v", c.Retransmissions, c.ClientHello)
	}
}

func TestAConnectionOlderThanTheCapture(t *testing.T) {
	s := answer(request(ready(t)))
	s.frames = s.frames[9:] // from the request on
	c := answer(request(s.after(time.Second))).fin(Client).mustBe(verdict.Healthy)
	if !c.MidStream || c.Server.Port() != 443 {
		t.Errorf("mid-stream %v, the server is %v", c.MidStream, c.Server)
	}
	stale := answer(request(ready(t)))
	stale.frames = stale.frames[9:]
	request(stale.after(time.Minute)).reset(Server).mustBe(verdict.StaleConnection)

	// Without the SYN, a ClientHello tells who is the client, whatever the ports.
	late := between(t, "10.0.0.5:443", "203.0.113.7:60000").connect().send(Client, hello("backend.example.com")).after(ms).ack(Server).fin(Server)
	late.frames = late.frames[3:]
	if c := late.mustBe(verdict.ClosedInHandshake); c.Server.Port() != 60000 {
		t.Errorf("the server is %v", c.Server)
	}
}

func TestANewSYNOnTheSamePortsIsANewConnection(t *testing.T) {
	s := asked(t).fin(Server).fin(Client).after(time.Minute)
	s.sent = [2]uint32{77, 99}
	r := s.connect().after(ms).reset(Server).report()
	if len(r.Connections) != 2 || r.Connections[0].Number != 1 || r.Connections[0].Verdict.ID != verdict.ClosedInHandshake {
		t.Fatalf("%d connections", len(r.Connections))
	}
	if got := r.Connections[1]; got.Number != 2 || got.Verdict.ID != verdict.Inconclusive || got.Packets[0].Number != 8 {
		t.Errorf("the second is number %d: %s, from packet %d", got.Number, got.Verdict.ID, got.Packets[0].Number)
	}
}

func TestKeepAliveProbesAreNoRetransmissions(t *testing.T) {
	s := answer(request(ready(t)))
	for range 3 {
		s.after(15*time.Second).packet(Client, "A", s.sent[0]-1, nil).packet(Client, "A", s.sent[0]-1, []byte{0}).ack(Server)
	}
	c := s.fin(Client).mustBe(verdict.Healthy)
	if c.Retransmissions != 0 || !slices.Contains(kinds(c), KeepAlive) {
		t.Errorf("%d retransmissions in %v", c.Retransmissions, kinds(c))
	}
}

// icmp is what a router says about the last packet.
func (s *script) icmp(code layers.ICMPv4TypeCode) *script {
	s.t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	ip := &layers.IPv4{Version: 4, TTL: 60, Protocol: layers.IPProtocolICMPv4, SrcIP: []byte{192, 0, 2, 1}, DstIP: s.client.Addr().AsSlice()}
	about := gopacket.Payload(s.frames[len(s.frames)-1].data[:28])
	if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ip, &layers.ICMPv4{TypeCode: code}, about); err != nil {
		s.t.Fatal(err)
	}
	s.frames = append(s.frames, frame{s.now, buffer.Bytes()})
	return s
}

func TestWhatRoutersSay(t *testing.T) {
	for code, want := range map[uint8]string{
		layers.ICMPv4CodeHost: verdict.NoRoute, layers.ICMPv4CodeCommAdminProhibited: verdict.NoRoute, layers.ICMPv4CodePort: verdict.ConnectionRefused,
	} {
		s := play(t)
		c := s.packet(Client, "S", s.sent[0], nil).after(ms).icmp(layers.CreateICMPv4TypeCode(layers.ICMPv4TypeDestinationUnreachable, code)).mustBe(want)
		mustSay(t, c, "ICMP says")
		mustSay(t, c, "in packet 2")
	}
}

func TestTheReportIsBounded(t *testing.T) {
	s := ready(t).after(time.Second)
	for i := range 3 * maxPackets {
		s.after(ms).send(Client, sealedRecord(i%50+100)).after(ms).send(Server, sealedRecord(100+i%50))
	}
	c := s.fin(Server).only()
	if n := len(c.Packets); n > maxPackets+1 || c.Packets[n-1].Flags != "AF" {
		t.Errorf("%d packets listed, the last %+v", n, c.Packets[n-1])
	}
	if n := len(c.Events); n > maxEvents+1 || c.Events[n-1].Kind != FIN {
		t.Errorf("%d events, the last %+v", n, c.Events[n-1])
	}
	if c.Exchanges != 3*maxPackets {
		t.Errorf("%d exchanges", c.Exchanges)
	}
	var text strings.Builder
	c.block(&text)
	if lines := strings.Count(text.String(), "\n"); lines > 80 {
		t.Errorf("%d lines of text", lines)
	}
}

func TestConnectionsBeyondTheLimitAreCounted(t *testing.T) {
	table := newTable()
	for i := range maxConnections + 5 {
		s := segment{flags: flagSYN, seq: 1, from: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1), to: netip.MustParseAddrPort("10.1.0.1:443")}
		table.take(&s)
	}
	if len(table.flows) != maxConnections || table.dropped != 5 {
		t.Errorf("%d flows, %d packets dropped", len(table.flows), table.dropped)
	}
}

// What waits for a missing segment is bounded, too.
func TestEarlyDataIsBounded(t *testing.T) {
	s := ready(t).lost(Server, 100)
	for range 2 * maxEarly / 1000 {
		s.after(time.Microsecond).send(Server, make([]byte, 1000))
	}
	f := newTable()
	var d decoder
	for i, frame := range s.frames {
		if seg, ok := d.decode(raw{data: frame.data, link: layers.LinkTypeRaw, time: frame.at}); ok {
			seg.moment = moment{i + 1, frame.at}
			f.take(&seg)
		}
	}
	if kept := f.flows[0].server.earlyBytes; kept > maxEarly || f.budget.early != maxAllEarly-kept {
		t.Errorf("%d bytes wait, the budget is %d", kept, f.budget.early)
	}
}

func TestTheClientHelloOfARealClient(t *testing.T) {
	for _, config := range []*tls.Config{
		{ServerName: "a.example.com", NextProtos: []string{"http/1.1", "h2"}, MaxVersion: tls.VersionTLS12},
		{ServerName: "a.example.com", NextProtos: []string{"http/1.1"}, ClientSessionCache: tls.NewLRUClientSessionCache(1)},
		{ServerName: "10.1.2.3", InsecureSkipVerify: true},
	} {
		raw := realHello(t, config)
		h, resumable := parseClientHello(raw[recordHead+messageHead:])
		name := config.ServerName
		if name == "10.1.2.3" {
			name = ""
		}
		versions := []string{"TLS 1.3", "TLS 1.2"}
		if config.MaxVersion == tls.VersionTLS12 {
			versions = versions[1:]
		}
		if h.ServerName != name || !slices.Equal(h.Versions, versions) || !slices.Equal(h.ALPN, config.NextProtos) || resumable != (config.ClientSessionCache != nil) {
			t.Errorf("%+v, resumable %v", h, resumable)
		}
	}
}

func TestTextOfTheNetworkIsPrintable(t *testing.T) {
	s := asked(t).send(Server, []byte("HTTP/1.1 \x1b[31m400\x07\u202e\r\n\r\n"))
	s.frames[3].data = bytes.ReplaceAll(s.frames[3].data, []byte("backend.example.com"), []byte("\x1b]0;title\x07ample.com"))
	var text strings.Builder
	r := s.fin(Server).report()
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(text.String(), func(r rune) bool { return r != '\n' && (r < ' ' || r == 0x7f || r == 0x202e) }); i >= 0 {
		t.Errorf("%q is not printable", text.String()[i:i+20])
	}
}

func TestANameOfACertificateCoversAHost(t *testing.T) {
	c := &Certificate{Names: []string{"a.example.com", "*.Example.org", "10.1.2.3", "::1"}}
	for host, want := range map[string]bool{"a.example.com": true, "A.Example.com.": true, "b.example.com": false, "x.example.org": true,
		"x.y.example.org": false, "example.org": false, "10.1.2.3": true, "10.1.2.4": false, "0:0::1": true} {
		if c.covers(host) != want {
			t.Errorf("%s is covered: %v", host, !want)
		}
	}
}
