package capture

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// recorded runs a Recording while something happens and until it has seen so many packets.
func recorded(t *testing.T, o Options, packets uint64, happens func()) *Recording {
	t.Helper()
	if o.Stream == nil && o.File == "" {
		o.File = filepath.Join(t.TempDir(), "c.pcapng")
	}
	r, err := Open(o)
	permitted(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	happens()
	eventually(t, "the packets", func() bool { return r.Packets() >= packets || len(ended) > 0 })
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEachPacketOnLoopbackIsRecordedOnceAndTsharkReadsIt(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		server := echo(t, address)
		var client netip.AddrPort
		r := recorded(t, Options{Endpoints: []netip.AddrPort{server}}, 8, func() { client = call(t, server, 10) })
		lines := tshark(t, r.Files()[0], "-o", "tcp.relative_sequence_numbers:TRUE", "-T", "fields",
			"-e", "sll.etype", "-e", "tcp.flags.str", "-e", "tcp.seq", "-e", "tcp.len", "-e", "tcp.srcport")
		if len(lines) < 8 || len(lines) > 12 {
			t.Fatalf("%d packets:\n%s", len(lines), strings.Join(lines, "\n"))
		}
		seen := map[string]bool{}
		syns := 0
		for _, line := range lines {
			f := strings.Split(line, "\t")
			if f[0] == "" {
				t.Errorf("no cooked header: %s", line)
			}
			if strings.Contains(f[1], "S") {
				syns++
			}
			if key := strings.Join(f[1:], " "); f[3] != "0" && seen[key] {
				t.Errorf("twice: %s", line)
			} else {
				seen[key] = true
			}
			if port := strconv.Itoa(int(server.Port())); f[4] != port && f[4] != strconv.Itoa(int(client.Port())) {
				t.Errorf("a packet of another connection: %s", line)
			}
		}
		if syns != 2 {
			t.Errorf("%d SYNs, want one of each side", syns)
		}
		if r.Lost() != 0 || r.Packets() != uint64(len(lines)) {
			t.Errorf("%d packets, %d lost, the file has %d", r.Packets(), r.Lost(), len(lines))
		}
	}
}

func TestTheKernelLetsNothingElseIn(t *testing.T) {
	server, other := echo(t, "127.0.0.1:0"), echo(t, "127.0.0.1:0")
	filter, err := compile([]netip.AddrPort{server})
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSocket(filter, 1<<16, kernelBuffer)
	permitted(t, err)
	defer s.close()
	call(t, other, 5000)
	call(t, server, 10)
	s.interrupt()
	var p packet
	for n := 0; ; n++ {
		if err := s.read(&p); err != nil {
			if n < 8 || err != errInterrupted {
				t.Fatalf("%d packets, then %v", n, err)
			}
			break
		}
		if g, ok := dissect(p.data); !ok || g.from != server && g.to != server {
			t.Errorf("let in: %v to %v", g.from, g.to)
		}
		if age := time.Since(p.at); age < 0 || age > time.Minute {
			t.Errorf("its time is %v ago", age)
		}
	}
	received, drops := s.statistics()
	if received > 20 || drops != 0 {
		t.Errorf("the kernel counts %d packets that passed, %d dropped", received, drops)
	}
}

func TestARingKeepsTheLastFilesEachReadable(t *testing.T) {
	server := echo(t, "127.0.0.1:0")
	file := filepath.Join(t.TempDir(), "night[1].pcapng")
	o := Options{Endpoints: []netip.AddrPort{server}, File: file, MaxSize: 4096, Files: 3}
	r := recorded(t, o, 150, func() {
		for range 20 {
			call(t, server, 300)
		}
	})
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	if len(left) != 3 || len(r.Files()) != 3 {
		t.Fatalf("%d files: %v", len(left), left)
	}
	for i, name := range r.Files() {
		info, err := os.Stat(name)
		if err != nil || info.Size() > 4096+100 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %d bytes, %v", name, err, info.Size(), info.Mode())
		}
		if n := len(tshark(t, name)); n == 0 || i < 2 && n < 20 {
			t.Errorf("%s has %d packets", name, n)
		}
	}
	if last := r.Files()[2]; strings.HasSuffix(last, "-00003.pcapng") {
		t.Errorf("nothing was ever deleted, the last is %s", last)
	}
	if _, err := Open(o); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("a ring that is there is overwritten: %v", err)
	}
}

func TestOneFileEndsWithItsSize(t *testing.T) {
	server := echo(t, "127.0.0.1:0")
	r, err := Open(Options{Endpoints: []netip.AddrPort{server}, File: filepath.Join(t.TempDir(), "c.pcapng"), MaxSize: 2000})
	permitted(t, err)
	for range 5 {
		call(t, server, 100)
	}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(r.Files()[0])
	if err != nil || info.Size() > 2000+100 || r.Packets() < 5 {
		t.Errorf("%v: %d bytes, %d packets", err, info.Size(), r.Packets())
	}
}

func TestItEndsAfterItsDuration(t *testing.T) {
	r, err := Open(Options{Endpoints: []netip.AddrPort{backend}, File: filepath.Join(t.TempDir(), "c"), Duration: 50 * time.Millisecond})
	permitted(t, err)
	began := time.Now()
	if err := r.Run(t.Context()); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestPacketsAreCutAtTheSnapshotLength(t *testing.T) {
	server := echo(t, "127.0.0.1:0")
	r := recorded(t, Options{Endpoints: []netip.AddrPort{server}, SnapLength: 64}, 8, func() { call(t, server, 5000) })
	cut := 0
	for _, line := range tshark(t, r.Files()[0], "-T", "fields", "-e", "frame.cap_len", "-e", "frame.len") {
		var kept, whole string
		kept, whole, _ = strings.Cut(line, "\t")
		if k, _ := strconv.Atoi(kept); k > 64+cookedSize {
			t.Errorf("%s bytes kept", kept)
		}
		if kept != whole {
			cut++
		}
	}
	if cut == 0 {
		t.Error("no packet tells that it was longer")
	}
	if r.Bytes() < 10000 {
		t.Errorf("%d bytes counted, of which 10000 were payload", r.Bytes())
	}
}

func TestAFileIsUpToDateWhileTheCaptureRuns(t *testing.T) {
	server := echo(t, "127.0.0.1:0")
	var stream bytes.Buffer
	r, err := Open(Options{Endpoints: []netip.AddrPort{server}, File: filepath.Join(t.TempDir(), "c.pcapng")})
	permitted(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	call(t, server, 10)
	eventually(t, "packets in the file", func() bool {
		content, err := os.ReadFile(r.o.File)
		stream.Reset()
		stream.Write(content)
		return err == nil && stream.Len() > 800
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestNothingIsOverwrittenAndNothingHalfWrittenStays(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.pcapng")
	if err := os.WriteFile(there, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{Endpoints: []netip.AddrPort{backend}, File: there}
	_, err := Open(o)
	if err == nil || !strings.Contains(err.Error(), "--force") {
		permitted(t, err)
		t.Errorf("%v", err)
	}
	if content, _ := os.ReadFile(there); string(content) != "precious" {
		t.Errorf("the file is now %q", content)
	}
	if full := "/dev/full"; exist(full) { // a disk without room, as far as a head of a file can tell
		if _, err := startFile(mustOpen(t, full), about{}); err == nil {
			t.Error("the head could be written to a full disk")
		}
	}
	if _, err := Open(Options{Endpoints: o.Endpoints, File: filepath.Join(dir, "no", "such", "c")}); err == nil {
		t.Error("a directory that is not there is no error")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	o.Force, o.Duration = true, time.Millisecond
	r, err := Open(o)
	permitted(t, err)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(there); !bytes.HasPrefix(content, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		t.Error("--force does not overwrite")
	}
}

func exist(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func mustOpen(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
