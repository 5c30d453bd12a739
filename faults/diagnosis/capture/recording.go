package capture

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/netip"
	"sync/atomic"
	"time"
)

// DefaultSnapLength is how many bytes of a packet are kept, as with tcpdump: more than any has.
const DefaultSnapLength = 262144

// kernelBuffer is how many bytes of packets the kernel may hold until they are read.
const kernelBuffer = 8 << 20

// Options say what a Recording takes and where it puts it.
type Options struct {
	Endpoints  []netip.AddrPort // from or to one of them; port 0 is every port
	Expression string           // the same for people; it goes into the head of the file
	SnapLength int              // bytes kept of each packet; 0: DefaultSnapLength

	File     string    // where to
	Stream   io.Writer // instead of File
	Force    bool      // overwrite File
	MaxSize  int64     // bytes of one file; 0: no bound. Without Files the Recording ends with it
	Files    int       // 0: one file. Else so many, numbered, of which the oldest goes when another begins
	Duration time.Duration
}

// Recording is a capture to a file. Open makes one, Run fills it.
type Recording struct {
	o      Options
	socket *socket
	output *output

	packets, bytes, lost atomic.Uint64
	stopped              atomic.Int64 // when it was told to end, in Unix nanoseconds; 0: not yet
}

// Open begins to receive packets and creates the file. Errors: ErrNotPermitted, ErrUnsupported, and those of the file, none
// of which leaves anything behind.
func Open(o Options) (*Recording, error) {
	if o.SnapLength == 0 {
		o.SnapLength = DefaultSnapLength
	}
	filter, err := compile(o.Endpoints)
	if err != nil {
		return nil, err
	}
	r := &Recording{o: o}
	if r.socket, err = openSocket(filter, o.SnapLength, kernelBuffer); err != nil {
		return nil, err
	}
	if r.output, err = openOutput(o, about{filter: o.Expression, snapshot: o.SnapLength}); err != nil {
		r.socket.close()
		return nil, err
	}
	return r, nil
}

// Run writes packets until ctx ends, the duration is over or the size is reached, all of which are good ends. What cannot
// be written is an error; the packets before it are in the file. To be called once.
func (r *Recording) Run(ctx context.Context) error {
	defer r.socket.close()
	if r.o.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.o.Duration)
		defer cancel()
	}
	defer context.AfterFunc(ctx, func() {
		r.stopped.Store(time.Now().UnixNano())
		r.socket.interrupt()
	})()
	err := r.copy()
	if errors.Is(err, errFull) || errors.Is(err, errInterrupted) {
		err = nil
	}
	received, drops := r.socket.statistics()
	r.lost.Store(drops)
	return errors.Join(err, r.output.end(received, drops))
}

// copy brings packets from the kernel to the file. Whenever none is waiting the file is brought up to date, so that it can
// be read while the capture runs.
func (r *Recording) copy() error {
	var failed error
	r.socket.quiet = func() {
		if failed = r.output.flush(); failed != nil {
			r.socket.interrupt()
		}
	}
	var p packet
	for {
		if err := r.socket.read(&p); err != nil {
			return cmp.Or(failed, err)
		}
		// What came after the end is not wanted: a busy network would never let the capture stop.
		if end := r.stopped.Load(); end != 0 && p.at.UnixNano() > end {
			return errInterrupted
		}
		if err := r.output.write(&p); err != nil {
			return err
		}
		r.packets.Add(1)
		r.bytes.Add(uint64(p.length))
	}
}

// Packets, and their Bytes of IP, are what has been written so far. They may be called from any goroutine.
func (r *Recording) Packets() uint64 { return r.packets.Load() }

// Bytes counts whole packets, also where the snapshot length cut them.
func (r *Recording) Bytes() uint64 { return r.bytes.Load() }

// Lost is how many packets the kernel had no room for, known when Run is over.
func (r *Recording) Lost() uint64 { return r.lost.Load() }

// Files are those that were written and not deleted since, oldest first; known when Run is over.
func (r *Recording) Files() []string { return r.output.made }
