package capture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// fileMode is for captures: they hold what people sent.
const fileMode = 0o600

// pcapng writes packets in one file's format.
type pcapng struct {
	to     *pcapgo.NgWriter
	frame  []byte // cooked header and IP packet, as one record
	size   int64  // bytes so far
	counts counter
}

// counter counts what goes through.
type counter struct {
	to    io.Writer
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}

// about is what the head of a file tells.
type about struct {
	comment  string // of the whole file
	filter   string // of the interface; "" where none was asked for
	snapshot int
	secrets  []byte // lines of a TLS key log, for a decryption secrets block before the packets
}

// startFile writes the head of a pcapng file, in one piece.
func startFile(w io.Writer, a about) (*pcapng, error) {
	p := &pcapng{counts: counter{to: w}}
	var err error
	p.to, err = pcapgo.NewNgWriterInterface(&p.counts,
		pcapgo.NgInterface{Name: "any", LinkType: layers.LinkTypeLinuxSLL, Filter: a.filter, SnapLength: uint32(a.snapshot)},
		pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{
			Hardware: runtime.GOARCH, OS: runtime.GOOS, Application: "message-processor", Comment: a.comment}})
	if err != nil {
		return nil, err
	}
	if len(a.secrets) > 0 {
		if err := p.to.WriteDecryptionSecretsBlock(pcapgo.DSB_SECRETS_TYPE_TLS, a.secrets); err != nil {
			return nil, err
		}
	}
	if err := p.to.Flush(); err != nil {
		return nil, err
	}
	p.size = p.counts.bytes
	return p, nil
}

// blockSize is how many bytes a packet takes in the file: its data, filled up to four bytes, and 32 around it.
func blockSize(p *packet) int64 { return int64(32 + (cookedSize+len(p.data)+3)&^3) }

func (f *pcapng) write(p *packet) error {
	f.frame = append(append(f.frame[:0], p.link[:]...), p.data...)
	f.size += blockSize(p)
	return f.to.WritePacket(gopacket.CaptureInfo{
		Timestamp: p.at, CaptureLength: len(f.frame), Length: cookedSize + max(p.length, len(p.data))}, f.frame)
}

// end writes how many packets there were and how many of them were lost, and what is left to write.
func (f *pcapng) end(packets, drops uint64) error {
	err := f.to.WriteInterfaceStats(0, pcapgo.NgInterfaceStatistics{
		LastUpdate: time.Now(), PacketsReceived: packets, PacketsDropped: drops})
	return errors.Join(err, f.to.Flush())
}

// output is where a Recording goes: one file, a ring of files, or a stream such as standard output.
type output struct {
	o       Options
	about   about
	file    *os.File // nil for a stream
	current *pcapng
	made    []string // files there are, oldest first
	serial  int
}

// errFull ends a Recording whose one file has reached its size.
var errFull = errors.New("the file is full")

// openOutput begins the first file, or refuses to overwrite one.
func openOutput(o Options, a about) (*output, error) {
	out := &output{o: o, about: a}
	if o.Files > 0 && !o.Force {
		if there, _ := filepath.Glob(literal(strings.TrimSuffix(o.File, suffix(o.File))) + "-[0-9]*" + suffix(o.File)); len(there) > 0 {
			return nil, exists(there[0])
		}
	}
	return out, out.next()
}

func exists(name string) error {
	return fmt.Errorf("%s is there already; choose another name, or overwrite it with --force", name)
}

// literal escapes what would be a pattern.
func literal(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func suffix(name string) string {
	if s := filepath.Ext(name); s == ".pcapng" || s == ".pcap" {
		return s
	}
	return ""
}

// name is that of the file with a number: orders.pcapng becomes orders-00001.pcapng, so that a listing shows the order.
func (out *output) name(number int) string {
	if out.o.Files == 0 {
		return out.o.File
	}
	s := suffix(out.o.File)
	return fmt.Sprintf("%s-%05d%s", strings.TrimSuffix(out.o.File, s), number, s)
}

// next begins another file, and deletes the oldest beyond the number of files. Of a file whose head cannot be written
// nothing stays.
func (out *output) next() (err error) {
	if out.o.Stream != nil {
		out.current, err = startFile(out.o.Stream, out.about)
		return err
	}
	out.serial++
	name := out.name(out.serial)
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if out.o.Force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	out.file, err = os.OpenFile(name, flags, fileMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return exists(name)
	case err != nil:
		return err
	}
	if out.current, err = startFile(out.file, out.about); err != nil {
		out.file.Close()
		os.Remove(name)
		return fmt.Errorf("%s: %w", name, err)
	}
	if out.made = append(out.made, name); out.o.Files > 0 && len(out.made) > out.o.Files {
		os.Remove(out.made[0])
		out.made = out.made[1:]
	}
	return nil
}

// write adds a packet, in the next file if this one is full. Without further files it returns errFull.
func (out *output) write(p *packet) error {
	if limit := out.o.MaxSize; limit > 0 && out.current.size+blockSize(p) > limit {
		if out.o.Files == 0 {
			return errFull
		}
		if err := errors.Join(out.end(0, 0), out.next()); err != nil {
			return err
		}
	}
	return out.current.write(p)
}

func (out *output) flush() error { return out.current.to.Flush() }

// end completes the current file. Only the last of a ring knows the kernel's counts.
func (out *output) end(packets, drops uint64) error {
	err := out.flush()
	if packets > 0 || out.o.Files == 0 {
		err = errors.Join(err, out.current.end(packets, drops))
	}
	if out.file != nil {
		err = errors.Join(err, out.file.Close())
		out.file = nil
	}
	return err
}
