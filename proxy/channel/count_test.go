package channel

import (
	"io"
	"net"
	"testing"
	"time"
)

// closings are the counts that are not zero, by name.
func closings(d *Dialer) map[string]uint64 {
	counts := d.Counts()
	found := map[string]uint64{}
	for _, why := range Reasons() {
		if n := counts.Closed[why]; n > 0 {
			found[why.String()] = n
		}
	}
	return found
}

func TestEveryClosedChannelIsCountedOnceUnderItsReason(t *testing.T) {
	silentTarget := toward(serve(t, silent), nil, patient)
	for name, c := range map[Reason]func(*Dialer){
		Ended: func(d *Dialer) {
			c := dial(t, d, silentTarget)
			c.Close()
			c.Close()
		},
		Failed: func(d *Dialer) {
			short := patient
			short.IO = time.Millisecond
			c := open(t, d, toward(serve(t, silent), nil, short))
			expect(t, c.ask(), Wait, Timeout)
			c.Close()
		},
		Full: func(d *Dialer) { pooled(t, 0).Put(dial(t, d, silentTarget)) },
		Retired: func(d *Dialer) {
			pool := pooled(t, 1)
			pool.Put(dial(t, d, silentTarget))
			pool.Retain(nil)
		},
		Stopped: func(d *Dialer) {
			pool, c := NewPool(1), dial(t, d, silentTarget)
			pool.Put(dial(t, d, silentTarget))
			pool.Close()
			pool.Put(c)
		},
		Expired: func(d *Dialer) {
			short := patient
			short.KeepAlive = time.Millisecond
			pool := pooled(t, 1)
			pool.Put(dial(t, d, toward(serve(t, silent), nil, short)))
			for deadline := time.Now().Add(10 * time.Second); d.Open() > 0 && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond)
			}
		},
	} {
		t.Run(name.String(), func(t *testing.T) {
			d := new(Dialer)
			c(d)
			counts := d.Counts()
			if len(closings(d)) != 1 || counts.Closed[name] != counts.Opened || d.Open() != 0 {
				t.Errorf("opened %d, closed %v, open %d", counts.Opened, closings(d), d.Open())
			}
		})
	}
}

func TestAChannelThatThePeerHasEndedIsNotCountedAsReused(t *testing.T) {
	done := make(chan struct{})
	target := toward(serve(t, func(conn net.Conn) {
		conn.Close()
		close(done)
	}), nil, patient)
	d, pool := new(Dialer), pooled(t, 1)
	c := dial(t, d, target)
	<-done
	c.raw.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.raw.Read(make([]byte, 1)); err != io.EOF {
		t.Fatal(err)
	}
	pool.Put(c)
	if pool.Take(target) != nil || pool.Stats().Reused != 0 || closings(d)["stale"] != 1 {
		t.Errorf("%+v, closed %v", pool.Stats(), closings(d))
	}
}
