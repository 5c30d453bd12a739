package management

import (
	"encoding/json"
	"testing"
	"time"

	"message-processor/tracing/session"
)

func TestTransactionsArriveWhileTheyHappenUntilTheSessionEnds(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	o.Sessions.Observe(record("GET", "/v0/orders/1"))
	l := listen(t, url+base+"/s/events")
	expect := func(id, path string) {
		t.Helper()
		event, gotID, data := l.next()
		var s session.Summary
		if err := json.Unmarshal([]byte(data), &s); err != nil {
			t.Fatalf("%v in %q", err, data)
		}
		if event != "transaction" || gotID != id || s.Path != path || s.ID != id {
			t.Errorf("%s %s %s, want %s %s", event, gotID, data, id, path)
		}
	}
	expect("uuid__1", "/v0/orders/1")
	o.Sessions.Observe(timedOut("GET", "/v0/orders/2"))
	expect("uuid__2", "/v0/orders/2")
	if err := o.Sessions.Delete(orders, "s"); err != nil {
		t.Fatal(err)
	}
	if event, _, _ := l.next(); event != "end" {
		t.Errorf("%q after the end", event)
	}
	if event, _, _ := l.next(); event != "" {
		t.Errorf("%q after that", event)
	}
}

func TestWhoReconnectsSeesNothingTwice(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	for range 3 {
		o.Sessions.Observe(record("GET", "/v0/orders"))
	}
	for last, want := range map[string]string{"uuid__2": "uuid__3", "nonsense": "uuid__1", "uuid__x": "uuid__1"} {
		if _, id, _ := listen(t, url+base+"/s/events", "Last-Event-ID: "+last).next(); id != want {
			t.Errorf("after %s comes %s, want %s", last, id, want)
		}
	}
}

func TestAPeerThatLeavesIsForgotten(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	o.Sessions.Observe(record("GET", "/v0/orders"))
	for range 100 { // many more than a session has room for
		l := listen(t, url+base+"/s/events")
		l.next()
		l.Body.Close()
		waitFor(t, func() bool {
			_, cancel, err := o.Sessions.Subscribe(orders, "s")
			if err == nil {
				cancel()
			}
			return err == nil
		})
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatal("it did not happen within 10 s")
}

func TestAStreamOutlivesTheServersTimeouts(t *testing.T) {
	o := options()
	s := NewServer(o)
	s.ReadTimeout, s.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	url := serve(t, s)
	opened(t, o, "s")
	l := listen(t, url+base+"/s/events")
	o.Sessions.Observe(record("GET", "/v0/orders"))
	l.next()
	time.Sleep(150 * time.Millisecond) // longer than both
	o.Sessions.Observe(record("GET", "/v0/orders"))
	if _, id, _ := l.next(); id != "uuid__2" {
		t.Errorf("got %q", id)
	}
}

func TestTheStartPageIsToldWhenSomethingHasChanged(t *testing.T) {
	o := options()
	url := start(t, o)
	l := listen(t, url+"/events")
	changes := []func(){
		func() {}, // the first event says only that it is heard
		func() { o.Sessions.Observe(timedOut("GET", "/v0/orders")) },
		func() { opened(t, o, "s") },
		func() { o.Sessions.Observe(record("GET", "/v0/orders")) },
	}
	for i, change := range changes {
		change()
		if event, _, data := l.next(); event != "changed" || data != "{}" {
			t.Errorf("%d: %s %s", i, event, data)
		}
	}
}

func TestOnlySoManyPagesCanListen(t *testing.T) {
	o := options()
	url := start(t, o)
	for range maxReaders {
		listen(t, url+"/events").next()
	}
	if r := get(t, url+"/events"); r.StatusCode != 429 || refusal(t, r) != "emulator.management.TooManyReaders" {
		t.Errorf("%s", r.Status)
	}
}

func TestHeadOfAStreamEnds(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	for _, path := range []string{"/events", base + "/s/events"} {
		if r := call1(t, "HEAD", url+path); r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}
