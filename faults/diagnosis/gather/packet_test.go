package gather

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// clientHello is the beginning of a TLS handshake, serverHello that of its answer.
var (
	clientHello = append([]byte{22, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3}, bytes.Repeat([]byte{7}, 50)...)
	serverHello = append([]byte{22, 3, 3, 0, 60, 2, 0, 0, 56, 3, 3}, bytes.Repeat([]byte{8}, 50)...)
)

// tcp is an IP packet of version 4 or 6 with a segment from one port to another.
func tcp(version int, from, to uint16, payload []byte) []byte {
	segment := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(segment, from)
	binary.BigEndian.PutUint16(segment[2:], to)
	segment[12] = 5 << 4
	return ip(version, protocolTCP, append(segment, payload...))
}

func ip(version int, protocol byte, payload []byte) []byte {
	if version == 6 {
		head := make([]byte, 40)
		head[0], head[6] = 6<<4, protocol
		return append(head, payload...)
	}
	head := make([]byte, 20)
	head[0], head[9] = 4<<4|5, protocol
	return append(head, payload...)
}

// framings put an IP packet into a frame of each link type.
var framings = map[string]struct {
	link uint32
	head []byte
}{
	"ethernet": {linkEthernet, append(make([]byte, 12), 8, 0)},
	"vlan":     {linkEthernet, append(make([]byte, 12), 0x81, 0, 0, 5, 0x88, 0xa8, 0, 1, 8, 0)},
	"cooked":   {linkCooked, append(make([]byte, 14), 8, 0)},
	"cooked 2": {linkCooked2, append([]byte{8, 0}, make([]byte, 18)...)},
	"raw":      {linkRaw, nil},
	"loopback": {linkNull, []byte{2, 0, 0, 0}},
}

func TestTLSStaysAndWhatIsInTheClearGoesInEveryFraming(t *testing.T) {
	for name, framing := range framings {
		t.Run(name, func(t *testing.T) {
			f := newFrames()
			frame := func(payload string, from uint16) []byte {
				return append(bytes.Clone(framing.head), tcp(4, from, 443, []byte(payload))...)
			}
			secure := frame(string(clientHello), 1)
			if before := bytes.Clone(secure); f.clean(framing.link, secure) || !bytes.Equal(before, secure) {
				t.Error("a ClientHello was changed")
			}
			more := frame("\x00\x01 rest of a record", 1)
			if before := bytes.Clone(more); f.clean(framing.link, more) || !bytes.Equal(before, more) {
				t.Error("the rest of a record was changed")
			}
			clear := frame("GET / HTTP/1.1\r\nAuthorization: "+planted, 2)
			before := bytes.Clone(clear)
			if !f.clean(framing.link, clear) || bytes.Contains(clear, []byte(planted)) {
				t.Errorf("%q", clear)
			}
			if head := len(framing.head) + 40; !bytes.Equal(clear[:head], before[:head]) || !bytes.Equal(clear[head:], bytes.Repeat([]byte("*"), len(clear)-head)) {
				t.Errorf("more or less than the payload was overwritten: %q", clear)
			}
			if rest := frame("orization: "+planted, 2); !f.clean(framing.link, rest) || bytes.Contains(rest, []byte(planted)) {
				t.Error("the rest of a head is shown")
			}
		})
	}
}

func TestOfAnAnswerInTheClearTheStatusStays(t *testing.T) {
	frame := tcp(6, 443, 5, []byte("HTTP/1.1 400 Bad Request\r\nSet-Cookie: "+planted))
	if !newFrames().clean(linkRaw, frame) || !bytes.Contains(frame, []byte("HTTP/1.1 400*****")) || bytes.Contains(frame, []byte(planted)) {
		t.Errorf("%q", frame)
	}
}

// After CONNECT the same connection turns to TLS.
func TestATunnelIsClearBeforeTheHelloAndStaysAfterIt(t *testing.T) {
	f := newFrames()
	connect := tcp(4, 1, 3128, []byte("CONNECT h:443 HTTP/1.1\r\nProxy-Authorization: "+planted))
	if !f.clean(linkRaw, connect) || bytes.Contains(connect, []byte(planted)) {
		t.Errorf("%q", connect)
	}
	for _, hello := range [][]byte{tcp(4, 1, 3128, clientHello), tcp(4, 3128, 1, serverHello)} {
		if f.clean(linkRaw, hello) {
			t.Error("a hello in the tunnel was overwritten")
		}
	}
}

func TestWhatIsNotUnderstoodIsOverwritten(t *testing.T) {
	fragment := ip(4, protocolTCP, []byte(planted))
	fragment[7] = 1
	fragment6 := ip(6, 44, append([]byte{protocolTCP, 0, 0, 8, 0, 0, 0, 0}, planted...))
	hopByHop := ip(6, 0, append([]byte{protocolTCP, 0, 0, 0, 0, 0, 0, 0}, tcp(6, 1, 80, []byte(planted))[40:]...))
	short := tcp(4, 1, 2, nil)
	short[20+12] = 15 << 4
	for name, frame := range map[string][]byte{
		"a later fragment": fragment, "a later fragment of IPv6": fragment6, "behind an extension header": hopByHop,
		"UDP": ip(4, protocolUDP, append([]byte{0, 1, 0, 2, 0, 0, 0, 0}, planted...)), "an unknown protocol": ip(4, 99, []byte(planted)),
		"an ICMP message": ip(4, protocolICMP, append(make([]byte, quoted), planted...)), "no IP": append([]byte{0x50}, planted...),
		"a segment whose header has no end": append(short, planted...), "one byte, then text": tcp(4, 1, 2, []byte(planted)),
		"half a header": append([]byte{0x45}, planted...), "a header that is too long": append([]byte{0x4f, 0, 0, 0}, append(make([]byte, 16), planted...)...),
	} {
		if !newFrames().clean(linkRaw, frame) || bytes.Contains(frame, []byte(planted)) {
			t.Errorf("%s: %q", name, frame)
		}
	}
	dns := ip(4, protocolUDP, append([]byte{0, 53, 0, 2, 0, 0, 0, 0}, "name"...))
	if newFrames().clean(linkRaw, dns) {
		t.Error("DNS was overwritten")
	}
}

// ngBlock is a block of pcapng.
func ngBlock(order binary.ByteOrder, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	size := order.(binary.AppendByteOrder)
	out := size.AppendUint32(size.AppendUint32(nil, kind), uint32(len(body)+blockFrame))
	return size.AppendUint32(append(out, body...), uint32(len(body)+blockFrame))
}

// ngFile is a pcapng file with a comment, TLS secrets, a ClientHello, a request in the clear and a block of somebody's own.
func ngFile(order binary.ByteOrder, link uint16) []byte {
	a := order.(binary.AppendByteOrder)
	comment := append(a.AppendUint16(a.AppendUint16(nil, 1), uint16(len(planted))), planted+"\x00\x00\x00\x00\x00"...)
	section := a.AppendUint64(a.AppendUint16(a.AppendUint16(a.AppendUint32(nil, 0x1a2b3c4d), 1), 0), 1<<63)
	out := ngBlock(order, sectionBlock, append(section, comment...))
	out = append(out, ngBlock(order, interfaceBlock, a.AppendUint32(a.AppendUint16(a.AppendUint16(nil, link), 0), 0))...)
	out = append(out, ngBlock(order, secretsBlock, append(a.AppendUint32(a.AppendUint32(nil, 0x544c534b), 10), "CLIENT_RANDOM "+planted...))...)
	for _, frame := range [][]byte{tcp(4, 1, 443, clientHello), tcp(4, 2, 80, []byte("GET /?apikey="+planted))} {
		body := a.AppendUint32(a.AppendUint32(a.AppendUint32(a.AppendUint32(a.AppendUint32(nil, 0), 0), 0), uint32(len(frame))), uint32(len(frame)))
		body = append(body, frame...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		out = append(out, ngBlock(order, enhancedPacket, append(body, comment...))...)
	}
	simple := tcp(4, 3, 80, []byte(planted+"xyz"))
	out = append(out, ngBlock(order, simplePacket, append(a.AppendUint32(nil, uint32(len(simple))), simple...))...)
	return append(out, ngBlock(order, 0xbad, []byte(planted))...)
}

func TestACaptureLosesItsTLSSecretsCommentsAndPlainText(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		raw := ngFile(order, linkRaw)
		c, err := cleanCapture(raw)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(c.out, []byte(planted)) || !bytes.Contains(c.out, clientHello) {
			t.Errorf("%v: %q", order, c.out)
		}
		if c.packets != 3 || c.blanked != 2 || c.secrets != 1 || c.dropped != 1 || c.damaged != -1 || c.extension != "pcapng" {
			t.Errorf("%v: %+v", order, c)
		}
		again, err := cleanCapture(c.out)
		if err != nil || !bytes.Equal(again.out, c.out) || again.packets != 3 {
			t.Errorf("%v: what was written is not read back: %v", order, err)
		}
	}
}

func TestADamagedCaptureIsTakenUpToTheDamage(t *testing.T) {
	raw := ngFile(binary.LittleEndian, linkRaw)
	c, err := cleanCapture(raw[:len(raw)-30])
	if err != nil || c.packets != 2 || c.damaged < 100 {
		t.Errorf("%+v %v", c, err)
	}
}

func TestACaptureThatNobodyUnderstandsIsLeftOut(t *testing.T) {
	if _, err := cleanCapture(ngFile(binary.LittleEndian, 147)); err == nil || !strings.Contains(err.Error(), "147") {
		t.Errorf("an unknown link type: %v", err)
	}
	for _, raw := range []string{"", "no capture at all, but long enough to be one", sectionMagic + "12345678"} {
		if _, err := cleanCapture([]byte(raw)); err == nil {
			t.Errorf("%q was taken for a capture", raw)
		}
	}
}

func pcapFile(order binary.ByteOrder, link uint32, frames ...[]byte) []byte {
	a := order.(binary.AppendByteOrder)
	out := a.AppendUint32(nil, 0xa1b2c3d4)
	out = append(out, make([]byte, 16)...)
	out = a.AppendUint32(out, link)
	for _, frame := range frames {
		out = append(out, make([]byte, 8)...)
		out = append(a.AppendUint32(a.AppendUint32(out, uint32(len(frame))), uint32(len(frame))), frame...)
	}
	return out
}

func TestAPcapOfTcpdumpIsCleanedToo(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		raw := pcapFile(order, linkRaw, tcp(4, 1, 443, clientHello), tcp(4, 2, 80, []byte(planted)))
		c, err := cleanCapture(append(raw, 1, 2, 3))
		if err != nil || c.packets != 2 || c.blanked != 1 || c.extension != "pcap" || c.damaged != len(raw) || len(c.out) != len(raw) {
			t.Errorf("%+v %v", c, err)
		}
		if bytes.Contains(c.out, []byte(planted)) || !bytes.Contains(c.out, clientHello) {
			t.Errorf("%q", c.out)
		}
	}
	if _, err := cleanCapture(pcapFile(binary.LittleEndian, 147)); err == nil {
		t.Error("an unknown link type was taken")
	}
}

// Whatever a file holds, cleaning it ends, and cleaning the result changes nothing more.
func FuzzCapture(f *testing.F) {
	f.Add(ngFile(binary.LittleEndian, linkRaw))
	f.Add(ngFile(binary.BigEndian, linkEthernet))
	f.Add(pcapFile(binary.LittleEndian, linkCooked, tcp(6, 1, 2, clientHello)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := cleanCapture(raw)
		if err != nil {
			return
		}
		again, err := cleanCapture(c.out)
		if err != nil || again.packets != c.packets || again.secrets != 0 || again.dropped != 0 {
			t.Errorf("%+v, again %+v, %v", c, again, err)
		}
	})
}
