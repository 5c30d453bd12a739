package packets

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// script writes the packets of one connection, as they would be captured.
type script struct {
	t              testing.TB
	client, server netip.AddrPort
	now            time.Time
	sent           [2]uint32 // next sequence number of the client, of the server
	id             uint16
	frames         []frame
}

// frame is an IP packet and its time.
type frame struct {
	at   time.Time
	data []byte
}

// playbookStart is when the synthetic captures begin: 55.22 s before the log line of the playbook.
var playbookStart = time.Date(2026, 11, 22, 10, 14, 47, 110_000_000, time.UTC)

func between(t testing.TB, client, server string) *script {
	return &script{t: t, client: netip.MustParseAddrPort(client), server: netip.MustParseAddrPort(server), now: playbookStart,
		sent: [2]uint32{0xffff_ff00, 5000}} // the client's numbers wrap soon
}

func play(t testing.TB) *script { return between(t, "10.0.0.5:42828", "203.0.113.7:443") }

// after lets time pass.
func (s *script) after(d time.Duration) *script {
	s.now = s.now.Add(d)
	return s
}

// packet adds one from a side, without moving its sequence number.
func (s *script) packet(from Side, flags string, seq uint32, payload []byte) *script {
	s.t.Helper()
	a, b := s.client, s.server
	ack := s.sent[1]
	if from == Server {
		a, b, ack = b, a, s.sent[0]
	}
	has := func(f string) bool { return strings.Contains(flags, f) }
	tcp := &layers.TCP{SrcPort: layers.TCPPort(a.Port()), DstPort: layers.TCPPort(b.Port()), Seq: seq, Window: 64240,
		SYN: has("S"), ACK: has("A"), PSH: has("P"), FIN: has("F"), RST: has("R")}
	if tcp.ACK {
		tcp.Ack = ack
	}
	s.id++
	s.frames = append(s.frames, frame{s.now, packetOf(s.t, a.Addr(), b.Addr(), s.id, tcp, payload)})
	return s
}

func packetOf(t testing.TB, from, to netip.Addr, id uint16, tcp *layers.TCP, payload []byte) []byte {
	t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	var ip gopacket.SerializableLayer
	if from.Is4() {
		v4 := &layers.IPv4{Version: 4, TTL: 64, Id: id, Protocol: layers.IPProtocolTCP, SrcIP: net.IP(from.AsSlice()), DstIP: net.IP(to.AsSlice())}
		tcp.SetNetworkLayerForChecksum(v4)
		ip = v4
	} else {
		v6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: net.IP(from.AsSlice()), DstIP: net.IP(to.AsSlice())}
		tcp.SetNetworkLayerForChecksum(v6)
		ip = v6
	}
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, ip, tcp, gopacket.Payload(payload)); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(buffer.Bytes())
}

func (s *script) at(from Side) *uint32 { return &s.sent[index(from)] }

// connect is the three-way handshake with a round trip of 20 ms.
func (s *script) connect() *script {
	s.packet(Client, "S", s.sent[0], nil)
	s.sent[0]++
	s.after(20*time.Millisecond).packet(Server, "SA", s.sent[1], nil)
	s.sent[1]++
	return s.after(time.Millisecond).packet(Client, "A", s.sent[0], nil)
}

// send is data, not acknowledged by this.
func (s *script) send(from Side, payload []byte) *script {
	s.packet(from, "PA", *s.at(from), payload)
	*s.at(from) += uint32(len(payload))
	return s
}

// lost is data that is sent, but is not in the capture.
func (s *script) lost(from Side, n int) *script {
	*s.at(from) += uint32(n)
	return s
}

// again is data that was just sent, once more. It acknowledges nothing new.
func (s *script) again(from Side, payload []byte) *script {
	return s.packet(from, "PA", *s.at(from)-uint32(len(payload)), payload)
}

func (s *script) ack(from Side) *script { return s.packet(from, "A", *s.at(from), nil) }

// ackOld acknowledges nothing of the last n bytes.
func (s *script) fin(from Side) *script {
	s.packet(from, "FA", *s.at(from), nil)
	*s.at(from)++
	return s
}

func (s *script) reset(from Side) *script { return s.packet(from, "RA", *s.at(from), nil) }

// link puts a link layer in front of an IP packet.
type link struct {
	name string
	kind layers.LinkType
	head []byte
}

func ethernet(kinds ...byte) []byte {
	return append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, kinds...)
}

var bare = link{"raw", layers.LinkTypeRaw, nil}

// pcap is the classic file.
func (s *script) pcap(l link) []byte {
	s.t.Helper()
	var file bytes.Buffer
	w := pcapgo.NewWriter(&file)
	if err := w.WriteFileHeader(262144, l.kind); err != nil {
		s.t.Fatal(err)
	}
	for _, f := range s.frames {
		data := append(bytes.Clone(l.head), f.data...)
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: f.at, CaptureLength: len(data), Length: len(data)}, data); err != nil {
			s.t.Fatal(err)
		}
	}
	return file.Bytes()
}

// pcapng is the newer file, with a comment of its section.
func (s *script) pcapng(l link, comment string) []byte {
	s.t.Helper()
	var file bytes.Buffer
	w, err := pcapgo.NewNgWriterInterface(&file, pcapgo.NgInterface{LinkType: l.kind, SnapLength: 262144},
		pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Comment: comment}})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range s.frames {
		data := append(bytes.Clone(l.head), f.data...)
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: f.at, CaptureLength: len(data), Length: len(data)}, data); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		s.t.Fatal(err)
	}
	return file.Bytes()
}

// report reads what has been written so far.
func (s *script) report() *Report {
	s.t.Helper()
	return reportOf(s.t, s.pcap(bare))
}

func reportOf(t testing.TB, file []byte) *Report {
	t.Helper()
	r, err := Read(t.Context(), bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// only is the one connection of the script.
func (s *script) only() *Connection {
	s.t.Helper()
	r := s.report()
	if len(r.Connections) != 1 || r.Damage != nil || r.Packets != len(s.frames) {
		s.t.Fatalf("%d connections of %d packets, damage %v", len(r.Connections), r.Packets, r.Damage)
	}
	return &r.Connections[0]
}

// mustBe checks the verdict of the one connection and returns it.
func (s *script) mustBe(id string) *Connection {
	s.t.Helper()
	c := s.only()
	if c.Verdict.ID != id {
		var text strings.Builder
		c.block(&text)
		s.t.Errorf("the verdict is %s, want %s\n%s", c.Verdict.ID, id, &text)
	}
	return c
}

// mustSay checks that a sentence of the evidence holds some words.
func mustSay(t *testing.T, c *Connection, words string) {
	t.Helper()
	for _, fact := range c.Verdict.Evidence {
		if strings.Contains(fact, words) {
			return
		}
	}
	t.Errorf("no evidence says %q:\n%s", words, strings.Join(c.Verdict.Evidence, "\n"))
}

// realHello is the ClientHello of Go's client for a name, in one record, the same each time but for random values.
func realHello(t *testing.T, config *tls.Config) []byte {
	t.Helper()
	client, server := net.Pipe()
	defer server.Close()
	go func() {
		tls.Client(client, config).Handshake() // fails when the other end closes
		client.Close()
	}()
	head := make([]byte, recordHead)
	if _, err := io.ReadFull(server, head); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	if _, err := io.ReadFull(server, body); err != nil {
		t.Fatal(err)
	}
	return append(head, body...)
}

// hello is a small ClientHello for a name, the same each time.
func hello(name string) []byte {
	extension := func(kind uint16, body ...byte) []byte {
		return append([]byte{byte(kind >> 8), byte(kind), byte(len(body) >> 8), byte(len(body))}, body...)
	}
	sni := append([]byte{0, byte(len(name) + 3), 0, 0, byte(len(name))}, name...)
	extensions := bytes.Join([][]byte{
		extension(extensionServerName, sni...),
		extension(extensionALPN, append([]byte{0, 9, 8}, "http/1.1"...)...),
		extension(extensionVersions, 4, 3, 4, 3, 3),
		extension(extensionPSKModes, 1, 1),
		extension(21, make([]byte, 278-97-len(name))...), // padding, RFC 7685
	}, nil)
	body := append([]byte{3, 3}, bytes.Repeat([]byte{7}, 32)...)
	body = append(body, 0, 0, 4, 0x13, 0x01, 0xc0, 0x2f, 1, 0, byte(len(extensions)>>8), byte(len(extensions)))
	return handshakeRecord(messageClientHello, append(body, extensions...))
}

func handshakeRecord(kind byte, body []byte) []byte {
	message := append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
	return tlsRecord(recordHandshake, message)
}

func tlsRecord(kind byte, body []byte) []byte {
	return append([]byte{kind, 3, 3, byte(len(body) >> 8), byte(len(body))}, body...)
}

// serverHello chooses TLS 1.3 or 1.2.
func serverHello(version uint16) []byte {
	body := append([]byte{3, 3}, bytes.Repeat([]byte{9}, 32)...)
	if version == tls.VersionTLS13 {
		return handshakeRecord(messageServerHello, append(body, 0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4))
	}
	return handshakeRecord(messageServerHello, append(body, 0, 0xc0, 0x2f, 0, 0, 0))
}

// sealedRecord is an encrypted record whose message has this length.
func sealedRecord(length int) []byte { return tlsRecord(recordData, make([]byte, length+sealed)) }

func alertRecord(level, code byte) []byte { return tlsRecord(recordAlert, []byte{level, code}) }
