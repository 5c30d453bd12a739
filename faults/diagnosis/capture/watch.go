package capture

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of a Watch. What is kept of all targets together is at most watchBytes.
const (
	watchTargets = 128 // addresses with ports; beyond, the one that was not dialled for longest is forgotten
	watchBytes   = 128 << 20
	watchQueue   = 64        // faults whose packets wait to be written
	watchSnap    = 128 << 10 // bytes of one packet: more than one is with segmentation offload
)

// Grace is how long after a fault the last packets of its connection are waited for: the FIN, and what is on its way.
const Grace = 250 * time.Millisecond

// WatchOptions say where the captures of a Watch go.
type WatchOptions struct {
	Directory string
	Keys      *Keys             // secrets to embed; nil: none
	Warn      func(line string) // is told what goes wrong while it runs, at most once a minute
}

// Watch keeps the last packets of every target, and writes those of a connection whose transaction ended in a fault.
// StartWatch makes one, Close ends it. Its methods may be called from any goroutine, and on a nil Watch do nothing.
type Watch struct {
	o      WatchOptions
	socket *socket
	faults chan faulty
	heard  chan struct{} // closed when no more packets come
	ended  chan struct{} // closed when everything is written
	warned atomic.Int64  // when Warn was called last, in Unix seconds

	mu      sync.RWMutex
	targets map[netip.AddrPort]*target
	closed  bool
}

// target is an address that the gateway connects to.
type target struct {
	ring   *ring
	mu     sync.Mutex // guards ring and dialed
	dialed time.Time
}

// StartWatch opens the packet socket and makes the directory. Errors: ErrNotPermitted, ErrUnsupported, those of the
// directory.
func StartWatch(o WatchOptions) (*Watch, error) {
	filter, err := compile(nil)
	if err != nil {
		return nil, err
	}
	w := &Watch{o: o, targets: map[netip.AddrPort]*target{}, faults: make(chan faulty, watchQueue),
		heard: make(chan struct{}), ended: make(chan struct{})}
	if w.socket, err = openSocket(filter, watchSnap, kernelBuffer); err != nil {
		return nil, err
	}
	if err := openDirectory(o.Directory); err != nil {
		w.socket.close()
		return nil, err
	}
	go w.listen()
	go w.write()
	return w, nil
}

// Dialing is told of an address before a connection to it is opened. The first time it changes the kernel's filter, and
// returns when the next packet would be seen.
func (w *Watch) Dialing(remote netip.AddrPort) {
	if w == nil {
		return
	}
	now := time.Now()
	w.mu.RLock()
	known := w.targets[remote]
	w.mu.RUnlock()
	if known == nil {
		known = w.admit(remote)
	}
	known.mu.Lock()
	known.dialed = now
	known.mu.Unlock()
}

// admit makes the kernel show the packets of another address.
func (w *Watch) admit(remote netip.AddrPort) *target {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known := w.targets[remote]; known != nil {
		return known
	}
	if len(w.targets) >= watchTargets {
		delete(w.targets, w.longestIdle())
	}
	added := &target{ring: newRing(ringBytes), dialed: time.Now()}
	w.targets[remote] = added
	endpoints := make([]netip.AddrPort, 0, len(w.targets))
	for endpoint, t := range w.targets {
		endpoints = append(endpoints, endpoint)
		t.mu.Lock()
		t.ring.limit = min(ringBytes, watchBytes/len(w.targets))
		t.mu.Unlock()
	}
	filter, err := compile(endpoints)
	if err == nil && !w.closed {
		err = w.socket.filter(filter)
	}
	if err != nil {
		w.warn(fmt.Sprintf("packets of %v are not captured: %v", remote, err))
	}
	return added
}

func (w *Watch) longestIdle() (oldest netip.AddrPort) {
	var since time.Time
	for endpoint, t := range w.targets {
		t.mu.Lock()
		if since.IsZero() || t.dialed.Before(since) {
			oldest, since = endpoint, t.dialed
		}
		t.mu.Unlock()
	}
	return oldest
}

// listen brings packets from the kernel to their rings.
func (w *Watch) listen() {
	defer close(w.heard)
	var p packet
	for {
		switch err := w.socket.read(&p); {
		case errors.Is(err, errInterrupted):
			return
		case err != nil:
			w.warn("no more packets are captured: " + err.Error())
			return
		}
		if s, ok := dissect(p.data); ok {
			w.sort(s, &p)
		}
	}
}

// sort puts a packet into the ring of its target. Of a connection between two targets, as between two backends on this
// machine, whoever is not the target's own address is taken for the gateway.
func (w *Watch) sort(s segment, p *packet) {
	w.mu.RLock()
	t, local := w.targets[s.to], s.from
	if t == nil {
		t, local = w.targets[s.from], s.to
	}
	w.mu.RUnlock()
	if t == nil {
		return // forgotten since
	}
	t.mu.Lock()
	t.ring.add(local, s, p)
	t.mu.Unlock()
}

func (w *Watch) warn(line string) {
	now, last := time.Now().Unix(), w.warned.Load()
	if now-last >= 60 && w.warned.CompareAndSwap(last, now) {
		w.o.Warn(line)
	}
}

// Close writes what is asked for, without waiting for more packets, and ends the Watch.
func (w *Watch) Close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	again := w.closed
	w.closed = true
	w.mu.Unlock()
	if !again {
		w.socket.interrupt()
		close(w.faults)
	}
	<-w.ended
}
