package channel

import (
	"crypto/x509"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pooled is a pool that ends with the test.
func pooled(t testing.TB, perTarget int) *Pool {
	t.Helper()
	p := NewPool(perTarget)
	t.Cleanup(p.Close)
	return p
}

func TestTheChannelPutLastIsTakenFirst(t *testing.T) {
	target := toward(serve(t, silent), nil, patient)
	dialer, pool := new(Dialer), pooled(t, 8)
	first, second := dial(t, dialer, target), dial(t, dialer, target)
	pool.Put(first)
	pool.Put(second)
	if got := pool.Stats(); got.Idle != 2 {
		t.Errorf("got %+v", got)
	}
	if pool.Take(target) != second || pool.Take(target) != first || pool.Take(target) != nil {
		t.Error("not last in, first out")
	}
	if got := pool.Stats(); got.Idle != 0 || got.Reused != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestEachTakeIsOneMoreUse(t *testing.T) {
	target := toward(serve(t, answer("HTTP/1.1 204 No Content\r\n\r\n")), nil, patient)
	pool := pooled(t, 8)
	c := open(t, new(Dialer), target)
	id := c.Snapshot().ID
	for use := 1; use <= 3; use++ {
		get(t, c)
		if s := c.Snapshot(); s.UseCount != use || s.BytesWritten != int64(len(request)) || s.ID != id || c.Reused() != (use > 1) {
			t.Errorf("use %d: %v, reused %v", use, s, c.Reused())
		}
		pool.Put(c)
		if c = pool.Take(target); c == nil {
			t.Fatal("the channel was not kept")
		}
		c.Use(time.Time{})
	}
}

func TestOnlyEqualTargetsShareChannels(t *testing.T) {
	address := serve(t, silent)
	slow := patient
	slow.IO = time.Hour
	target, reloaded, other := toward(address, nil, patient), toward(address, nil, slow), toward(address, &TLS{RootCAs: x509.NewCertPool()}, patient)
	pool := pooled(t, 8)
	pool.Put(dial(t, new(Dialer), target))
	if pool.Take(other) != nil {
		t.Error("a plain channel was handed out for a secure target")
	}
	c := pool.Take(reloaded)
	if c == nil || c.Target() != reloaded {
		t.Fatalf("got %v for an equal target with other timers", c)
	}
}

func TestAnIdleChannelIsClosedWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		short, long := patient, patient
		short.KeepAlive, long.KeepAlive = 10*time.Second, 60*time.Second
		dialer, pool := overPipe(t, silent), NewPool(8)
		defer pool.Close()
		brief, lasting := NewTarget("192.0.2.1", 80, nil, short), NewTarget("192.0.2.2", 80, nil, long)
		pool.Put(dial(t, dialer, lasting)) // the sweeper sleeps until 60 s ...
		pool.Put(dial(t, dialer, brief))   // ... and is woken for this one
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if dialer.Open() != 1 || pool.Take(brief) != nil {
			t.Errorf("%d open after 10 s", dialer.Open())
		}
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if got := pool.Stats(); dialer.Open() != 0 || got.Expired != 2 || got.Idle != 0 {
			t.Errorf("%d open after 60 s, %+v", dialer.Open(), got)
		}
	})
}

func TestAChannelWhoseTimeIsOverIsNotHandedOutEvenBeforeItIsClosed(t *testing.T) {
	target := toward(serve(t, silent), nil, patient)
	pool := pooled(t, 8)
	c := dial(t, new(Dialer), target)
	pool.Put(c)
	c.until = time.Now()
	if pool.Take(target) != nil {
		t.Error("it was")
	}
}

func TestUseStartsTheIdleTimeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialer, pool := overPipe(t, silent), NewPool(8)
		defer pool.Close()
		target := NewTarget("192.0.2.1", 80, nil, patient)
		pool.Put(dial(t, dialer, target))
		for range 5 {
			time.Sleep(patient.KeepAlive - time.Second)
			c := pool.Take(target)
			if c == nil {
				t.Fatal("closed too early")
			}
			pool.Put(c)
		}
	})
}

func TestWithoutKeepAliveNothingIsKept(t *testing.T) {
	none := patient
	none.KeepAlive = 0
	target := toward(serve(t, silent), nil, none)
	dialer, pool := new(Dialer), pooled(t, 8)
	pool.Put(dial(t, dialer, target))
	if pool.Take(target) != nil || dialer.Open() != 0 {
		t.Errorf("%d open", dialer.Open())
	}
}

func TestNoMoreThanTheCapAreKept(t *testing.T) {
	target := toward(serve(t, silent), nil, patient)
	dialer, pool := new(Dialer), pooled(t, 2)
	for range 4 {
		pool.Put(dial(t, dialer, target))
	}
	pool.Put(dial(t, new(Dialer), toward(serve(t, silent), nil, patient)))
	if got := pool.Stats(); got.Idle != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestAClosedOrHalfReadChannelIsNotKept(t *testing.T) {
	target := toward(serve(t, answer("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")), nil, patient)
	pool := pooled(t, 8)
	gone := dial(t, new(Dialer), target)
	gone.Close()
	pool.Put(gone)
	talkative := open(t, new(Dialer), target)
	get(t, talkative)
	pool.Put(talkative)
	if got := pool.Stats(); got.Idle != 0 || !talkative.closed.Load() {
		t.Errorf("got %+v", got)
	}
}

func TestRetainClosesTheChannelsOfTargetsThatAreGone(t *testing.T) {
	dialer, pool := new(Dialer), pooled(t, 8)
	kept, gone := toward(serve(t, silent), nil, patient), toward(serve(t, silent), nil, patient)
	for _, target := range []*Target{kept, gone, gone} {
		pool.Put(dial(t, dialer, target))
	}
	pool.Retain(map[string]bool{kept.Key(): true})
	if pool.Take(gone) != nil || pool.Take(kept) == nil || dialer.Open() != 1 {
		t.Errorf("%d open", dialer.Open())
	}
}

func TestAClosedPoolKeepsNothing(t *testing.T) {
	target := toward(serve(t, silent), nil, patient)
	dialer, pool := new(Dialer), NewPool(8)
	pool.Put(dial(t, dialer, target))
	pool.Close()
	pool.Close()
	pool.Put(dial(t, dialer, target))
	if pool.Take(target) != nil || dialer.Open() != 0 {
		t.Errorf("%d open", dialer.Open())
	}
}

func TestManyGoroutinesShareAPool(t *testing.T) {
	target := toward(serve(t, answer("HTTP/1.1 204 No Content\r\n\r\n")), nil, patient)
	dialer, pool := new(Dialer), pooled(t, 4)
	var users sync.WaitGroup
	for range 8 {
		users.Go(func() {
			for range 25 {
				c := pool.Take(target)
				if c == nil {
					var err error
					if c, err = connect(dialer, target); err != nil {
						t.Error(err)
						return
					}
				}
				c.Use(time.Time{})
				if err := c.askProperly(); err != nil {
					t.Error(err)
				}
				pool.Put(c)
			}
		})
	}
	users.Wait()
	if got := pool.Stats(); got.Idle != dialer.Open() || got.Idle > 4 || got.Stale != 0 {
		t.Errorf("%d open, %+v", dialer.Open(), got)
	}
}

func (c *Channel) askProperly() error {
	if _, err := c.Write([]byte(request)); err != nil {
		return err
	}
	return c.receive()
}
