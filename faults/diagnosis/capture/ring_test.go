package capture

import (
	"bytes"
	"net/netip"
	"testing"
	"time"
)

var backend = endpoint("203.0.113.7:443")

func gatewayPort(port int) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("10.0.0.5"), uint16(port))
}

// feed adds a segment of the gateway to a ring.
func feed(r *ring, local netip.AddrPort, flags byte, sequence uint32, size int) {
	data := tcp(local, backend, flags, sequence, make([]byte, size))
	s, ok := dissect(data)
	if !ok {
		panic("no segment")
	}
	r.add(local, s, &packet{at: time.Unix(int64(sequence), 0), length: len(data), data: data})
}

// within checks that a ring's counts are true and within its bounds.
func within(t *testing.T, r *ring) {
	t.Helper()
	size, packets := 0, 0
	for _, f := range r.flows {
		own := 0
		for _, p := range append(append([]packet(nil), f.head...), f.tail...) {
			own += cost(&p)
			packets++
		}
		if own != f.bytes {
			t.Errorf("a connection of %d bytes counts %d", own, f.bytes)
		}
		size += own
	}
	if size != r.bytes || packets != r.packets {
		t.Errorf("%d bytes in %d packets, counted %d in %d", size, packets, r.bytes, r.packets)
	}
	if r.bytes > r.limit || r.packets > ringPackets || len(r.flows) > ringFlows {
		t.Errorf("%d bytes, %d packets, %d connections are beyond the bounds", r.bytes, r.packets, len(r.flows))
	}
}

func TestAStuckHandshakeIsKeptBesideABusyConnection(t *testing.T) {
	r := newRing(256 << 10)
	stuck, busy := gatewayPort(40000), gatewayPort(40001)
	feed(r, stuck, flagSYN, 1, 0)
	feed(r, stuck, flagACK, 2, 1400) // the ClientHello
	feed(r, busy, flagSYN, 3, 0)
	for i := range 5000 {
		feed(r, busy, flagACK, uint32(4+i), 1000)
		if i%1000 == 0 {
			feed(r, stuck, flagACK, 2, 1400)
		}
	}
	within(t, r)
	if n := len(r.flows[stuck].head); n != 7 {
		t.Errorf("%d packets of the stuck connection are left of 7", n)
	}
	f := r.flows[busy]
	if len(f.head) != flowHead || f.head[0].at != time.Unix(3, 0) {
		t.Error("the busy connection has lost its beginning")
	}
	if got := f.tail[len(f.tail)-1].at; got != time.Unix(5003, 0) {
		t.Errorf("its last packet is that of %v", got)
	}
}

func TestConnectionsThatHaveEndedMakeRoomFirst(t *testing.T) {
	r := newRing(256 << 10)
	stuck := gatewayPort(1)
	feed(r, stuck, flagSYN, 1, 0)
	feed(r, stuck, flagACK, 2, 1400)
	for i := range 3000 {
		local := gatewayPort(2 + i)
		feed(r, local, flagSYN, uint32(i), 0)
		feed(r, local, flagACK, uint32(i), 1000)
		feed(r, local, flagFIN|flagACK, uint32(i), 0)
	}
	within(t, r)
	if f := r.flows[stuck]; f == nil || len(f.head) != 2 {
		t.Error("the connection that is still open had to go")
	}
	if r.flows[gatewayPort(2)] != nil || r.flows[gatewayPort(3001)] == nil {
		t.Error("not the oldest of the ended connections went")
	}
}

func TestAPortThatIsUsedAgainBeginsAnotherConnection(t *testing.T) {
	r := newRing(1 << 20)
	local := gatewayPort(7)
	feed(r, local, flagSYN, 100, 0)
	feed(r, local, flagSYN, 100, 0) // sent again
	feed(r, local, flagACK, 101, 10)
	feed(r, local, flagFIN|flagACK, 111, 0)
	if n := len(r.flows[local].head); n != 4 {
		t.Errorf("%d packets of the first connection, want 4", n)
	}
	feed(r, local, flagSYN, 9000, 0)
	if n := len(r.flows[local].head); n != 1 || len(r.ended) != 0 {
		t.Errorf("%d packets of the second connection, %d ended", n, len(r.ended))
	}
	within(t, r)
}

func TestAnyNumberOfConnectionsStaysWithinTheBounds(t *testing.T) {
	r := newRing(128 << 10)
	for i := range 20000 {
		feed(r, gatewayPort(1+i%5000), flagACK, uint32(i), 60000)
		if i%500 == 0 {
			within(t, r)
		}
	}
}

func TestAConnectionWhosePacketsAreWantedIsNotGivenUp(t *testing.T) {
	r := newRing(64 << 10)
	wanted := gatewayPort(1)
	feed(r, wanted, flagSYN, 1, 0)
	feed(r, wanted, flagFIN|flagACK, 2, 0)
	r.flows[wanted].wanted++
	for i := range 2000 {
		feed(r, gatewayPort(2+i), flagSYN, uint32(i), 0)
		feed(r, gatewayPort(2+i), flagRST, uint32(i), 500)
	}
	if f := r.flows[wanted]; f == nil || len(f.head) != 2 {
		t.Error("the packets that somebody waits for are gone")
	}
	within(t, r)
}

func TestPaddingAndOffloadDoNotChangeAPayload(t *testing.T) {
	short := tcp(backend, gatewayPort(1), flagACK, 1, []byte("ab"))
	s, ok := dissect(append(short, 0, 0, 0, 0))
	if !ok || string(s.payload) != "ab" || s.from != backend {
		t.Errorf("%v %q from %v", ok, s.payload, s.from)
	}
	offloaded := tcp(backend, gatewayPort(1), flagACK, 1, bytes.Repeat([]byte("x"), 100))
	offloaded[2], offloaded[3] = 0, 0 // a length that does not fit its field
	if s, ok := dissect(offloaded); !ok || len(s.payload) != 100 {
		t.Errorf("%v, %d bytes", ok, len(s.payload))
	}
	for n := range short {
		dissect(short[:n]) // must not panic
	}
}

func FuzzDissect(f *testing.F) {
	f.Add(tcp(backend, gatewayPort(1), flagSYN, 1, []byte("abc")))
	f.Add(tcp(endpoint("[2001:db8::7]:443"), endpoint("[2001:db8::5]:1"), flagACK, 1, nil))
	f.Fuzz(func(t *testing.T, ip []byte) {
		s, ok := dissect(ip)
		if ok && len(s.payload) > len(ip)-40 {
			t.Errorf("%d bytes of payload in %d", len(s.payload), len(ip))
		}
		clientRandom(s.payload)
	})
}
