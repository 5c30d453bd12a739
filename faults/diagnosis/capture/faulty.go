package capture

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// faulty is a connection whose packets are to be written.
type faulty struct {
	messageID string
	target    *target
	flow      *flow
	due       time.Time
}

// Fault asks for the packets of the connection between two addresses, of which the transaction with this message id was the
// last. It does not wait: while many others are being written, this one is left out, and told.
func (w *Watch) Fault(messageID string, local, remote netip.AddrPort) {
	if w == nil {
		return
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	t := w.targets[remote]
	if t == nil || w.closed {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.ring.flows[local]
	if f == nil { // its packets are on their way
		f = t.ring.begin(local)
	}
	select {
	case w.faults <- faulty{messageID, t, f, time.Now().Add(Grace)}:
		f.wanted++
	default:
		w.warn("too many faults at once: the packets of " + messageID + " and others are not written")
	}
}

// write writes one capture after the other.
func (w *Watch) write() {
	defer close(w.ended)
	for f := range w.faults {
		select {
		case <-time.After(time.Until(f.due)):
		case <-w.heard:
		}
		packets := f.take()
		if len(packets) == 0 {
			w.warn("no packet of " + f.messageID + " was seen")
			continue
		}
		err := save(w.o.Directory, f.messageID, packets, w.o.secretsOf(packets))
		if err = errors.Join(err, prune(w.o.Directory, directoryBytes, directoryFiles)); err != nil {
			w.warn("the packets of " + f.messageID + ": " + err.Error())
		}
	}
	<-w.heard
	w.socket.close()
}

// take is everything there is of a connection.
func (f faulty) take() []packet {
	f.target.mu.Lock()
	defer f.target.mu.Unlock()
	f.flow.wanted--
	return slices.Concat(f.flow.head, f.flow.tail)
}

// secretsOf finds the lines of the key log that decrypt a connection. Inside a tunnel of a forward proxy the ClientHello is
// not the first thing that is sent.
func (o WatchOptions) secretsOf(packets []packet) []byte {
	if o.Keys == nil {
		return nil
	}
	for i := range packets {
		if s, ok := dissect(packets[i].data); ok {
			if random := clientRandom(s.payload); random != nil {
				return o.Keys.of(random)
			}
		}
	}
	return nil
}
