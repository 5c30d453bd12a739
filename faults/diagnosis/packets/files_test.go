package packets

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gopacket/gopacket/layers"

	"message-processor/faults/verdict"
)

// cooked is the head of a Linux cooked capture: 14 bytes, then the type.
func cooked(kinds ...byte) []byte { return append(make([]byte, cookedHead-2), kinds...) }

func cooked2(kinds ...byte) []byte {
	return append(kinds[:2:2], append(make([]byte, cooked2Head-2), kinds[2:]...)...)
}

var linkTypes = []link{
	{"ethernet", layers.LinkTypeEthernet, ethernet(8, 0)},
	{"a VLAN", layers.LinkTypeEthernet, ethernet(0x81, 0, 0, 7, 8, 0)},
	{"a VLAN in a VLAN", layers.LinkTypeEthernet, ethernet(0x88, 0xa8, 0, 9, 0x81, 0, 0, 7, 8, 0)},
	{"cooked", layers.LinkTypeLinuxSLL, cooked(8, 0)},
	{"cooked with a VLAN", layers.LinkTypeLinuxSLL, cooked(0x81, 0, 0, 7, 8, 0)},
	{"cooked 2", layers.LinkTypeLinuxSLL2, cooked2(8, 0)},
	{"cooked 2 with a VLAN", layers.LinkTypeLinuxSLL2, cooked2(0x81, 0, 0, 7, 8, 0)},
	{"loopback of BSD", layers.LinkTypeNull, []byte{2, 0, 0, 0}},
	{"loopback of OpenBSD", layers.LinkTypeLoop, []byte{0, 0, 0, 2}},
	{"raw", layers.LinkTypeRaw, nil},
	{"raw of BSD", linkRawBSD, nil},
	{"IPv4", layers.LinkTypeIPv4, nil},
}

// same compares reports but for what the file says about itself.
func same(t *testing.T, want, got *Report) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Report{}, Ends{}), cmpopts.IgnoreFields(Report{}, "Comment"), cmpopts.EquateComparable(want.Connections[0].Client)); diff != "" {
		t.Errorf("the report differs (-want +got):\n%s", diff)
	}
}

func TestEveryLinkTypeInBothFormatsGivesTheSameReport(t *testing.T) {
	s := eightPackets(t)
	want := s.report()
	for _, l := range linkTypes {
		t.Run(l.name, func(t *testing.T) {
			same(t, want, reportOf(t, s.pcap(l)))
			ng := reportOf(t, s.pcapng(l, "messageid mp1-1-1-1"))
			same(t, want, ng)
			if ng.Comment != "messageid mp1-1-1-1" {
				t.Errorf("the comment is %q", ng.Comment)
			}
		})
	}
}

func TestIPv6WithAndWithoutExtensionHeaders(t *testing.T) {
	s := between(t, "[2001:db8::5]:42828", "[2001:db8::7]:443").connect().send(Client, hello("backend.example.com")).after(ms).ack(Server).after(ms).reset(Server)
	s.mustBe(verdict.ResetInHandshake)
	for i, f := range s.frames {
		// A destination options header of 8 bytes between IPv6 and TCP.
		data := append(bytes.Clone(f.data[:40]), 6, 0, 1, 4, 0, 0, 0, 0)
		data = append(data, f.data[40:]...)
		data[6] = 60
		binary.BigEndian.PutUint16(data[4:], uint16(len(data)-40))
		s.frames[i].data = data
	}
	s.mustBe(verdict.ResetInHandshake)
	reportOf(t, s.pcap(link{"ethernet", layers.LinkTypeEthernet, ethernet(0x86, 0xdd)}))
}

func gzipped(t *testing.T, file []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestAGzippedFileIsUnpacked(t *testing.T) {
	s := eightPackets(t)
	same(t, s.report(), reportOf(t, gzipped(t, s.pcap(bare))))
	same(t, s.report(), reportOf(t, gzipped(t, s.pcapng(bare, ""))))
	cut := gzipped(t, s.pcap(bare))
	if r := reportOf(t, cut[:len(cut)-12]); r.Damage == nil || r.Packets == 0 {
		t.Errorf("a cut gzip file: %d packets, damage %v", r.Packets, r.Damage)
	}
}

// Whatever the place where a file is cut, what comes before is used, and the offset is that of the packet that is cut.
func TestAFileIsUsedUpToWhereItIsCut(t *testing.T) {
	s := eightPackets(t)
	for name, file := range map[string][]byte{"pcap": s.pcap(bare), "pcapng": s.pcapng(bare, "")} {
		offsets := map[int64]bool{}
		for cut := 4; cut < len(file); cut++ {
			r, err := Read(t.Context(), bytes.NewReader(file[:cut]))
			if err != nil {
				if !errors.Is(err, errNoCapture) {
					t.Fatalf("%s of %d bytes: %v", name, cut, err)
				}
				continue
			}
			if d := r.Damage; d == nil {
				offsets[int64(cut)] = true // a clean end
			} else if d.Packet != r.Packets || d.Offset >= int64(cut) || !offsets[d.Offset] || !strings.Contains(d.Reason, "the file ends in") {
				t.Fatalf("%s of %d bytes: %+v after %d packets", name, cut, d, r.Packets)
			}
		}
		if want := map[string]int{"pcap": 8, "pcapng": 9}[name]; len(offsets) < want {
			t.Errorf("%s: %d clean ends, want %d or more", name, len(offsets), want)
		}
	}
}

func TestAFileIsUsedUpToADamagedBlock(t *testing.T) {
	s := eightPackets(t)
	whole := s.pcapng(bare, "")
	offsets := blockOffsets(whole)
	fifth := offsets[len(offsets)-8+4] // of the ClientHello's repeat in packet 5
	for name, damage := range map[string]func([]byte){
		"length":           func(b []byte) { b[4] = 0xff },
		"length of 0":      func(b []byte) { copy(b[4:], []byte{0, 0, 0, 0}) },
		"huge length":      func(b []byte) { copy(b[4:], []byte{0, 0, 0, 0x40}) },
		"length at end":    func(b []byte) { b[binary.LittleEndian.Uint32(b[4:])-1] ^= 0x55 },
		"interface":        func(b []byte) { b[8] = 9 },
		"captured length":  func(b []byte) { b[22] = 0xff },
		"section, no mark": func(b []byte) { copy(b, []byte{0x0A, 0x0D, 0x0D, 0x0A}) },
	} {
		file := bytes.Clone(whole)
		damage(file[fifth:])
		r := reportOf(t, file)
		if r.Damage == nil || r.Damage.Offset != int64(fifth) || r.Packets != 4 || r.Healthy() {
			t.Errorf("%s: damage %v, want at %d; %d packets", name, r.Damage, fifth, r.Packets)
		}
	}
	pcap := s.pcap(bare)
	copy(pcap[classicHead+8:], []byte{0xff, 0xff, 0xff, 0xff})
	if r := reportOf(t, pcap); r.Damage == nil || r.Damage.Offset != classicHead {
		t.Errorf("pcap: damage %v", r.Damage)
	}
}

func blockOffsets(file []byte) (offsets []int) {
	for at := 0; at < len(file); at += int(binary.LittleEndian.Uint32(file[at+4:])) {
		offsets = append(offsets, at)
	}
	return offsets
}

func TestWhatIsNoCaptureIsRefused(t *testing.T) {
	for _, text := range []string{"", "abc", "this is a text file, longer than the head of a capture", "\x0a\x0d\x0d\x0a and then?",
		"\xd4\xc3\xb2\xa1\x09\x00\x09\x00aaaaaaaaaaaaaaaa"} {
		if r, err := Read(t.Context(), strings.NewReader(text)); !errors.Is(err, errNoCapture) {
			t.Errorf("%q: %v, %v", text, r, err)
		}
	}
	broken := errors.New("broken")
	if _, err := Read(t.Context(), io.MultiReader(strings.NewReader("ab"), &failing{broken})); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, bytes.NewReader(eightPackets(t).pcap(bare))); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// block frames a pcapng block.
func block(kind uint32, body ...byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)+smallestBlock))
	return binary.LittleEndian.AppendUint32(append(b, body...), uint32(len(body)+smallestBlock))
}

func TestSecretsAreNoticedAndUnknownBlocksPassedOver(t *testing.T) {
	s := eightPackets(t)
	file := s.pcapng(bare, "")
	offsets := blockOffsets(file)
	insert := append(block(blockSecrets, []byte("KSLT\x04\x00\x00\x00abcd")...), block(0x0bad, make([]byte, 64)...)...)
	file = append(bytes.Clone(file[:offsets[2]]), append(insert, file[offsets[2]:]...)...)
	r := reportOf(t, file)
	if !r.Secrets {
		t.Error("the secrets go unnoticed")
	}
	r.Secrets = false
	same(t, s.report(), r)
}

func TestTimesOfEveryResolution(t *testing.T) {
	for name, c := range map[string]struct {
		option []byte
		ticks  uint64
	}{
		"microseconds":       {nil, 1_700_000_000_250_000},
		"nanoseconds":        {[]byte{9, 0, 1, 0, 9, 0, 0, 0}, 1_700_000_000_250_000_000},
		"milliseconds":       {[]byte{9, 0, 1, 0, 3, 0, 0, 0}, 1_700_000_000_250},
		"quarters":           {[]byte{9, 0, 1, 0, 0x82, 0, 0, 0}, 1_700_000_000*4 + 1},
		"with an offset":     {[]byte{14, 0, 8, 0, 0, 0, 0, 0x40, 0, 0, 0, 0}, 1_700_000_000_250_000 - 0x40000000*1_000_000},
		"finer than we tell": {[]byte{9, 0, 1, 0, 0x8b, 0, 0, 0}, 1_700_000_000*2048 + 512},
	} {
		head := append([]byte{101, 0, 0, 0, 0, 0, 4, 0}, c.option...)
		b := &blocks{order: binary.LittleEndian}
		if err := b.describe(head); err != nil {
			t.Fatal(err)
		}
		got := b.interfaces[0].time(uint32(c.ticks>>32), uint32(c.ticks))
		if got.Unix() != 1_700_000_000 || got.Nanosecond() != 250_000_000 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if ticksPerSecond(0xff) == 0 || ticksPerSecond(127) == 0 {
		t.Error("a resolution beyond 64 bits divides by zero")
	}
}
