package alert

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/config"
)

// hanging never answers.
func hanging(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAWebhookThatFailsIsTriedAgainWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.setAnswer(answering(503))
		b.faults(4)
		pass(20 * time.Second)
		b.setAnswer(nil)
		pass(10 * time.Second)
		var pauses []time.Duration
		requests := b.received()
		for i := range requests[1:] {
			pauses = append(pauses, requests[i+1].at.Sub(requests[i].at))
		}
		want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
		if len(pauses) != len(want) {
			t.Fatalf("pauses of %v", pauses)
		}
		for i := range want {
			if pauses[i] != want[i] {
				t.Errorf("pauses of %v", pauses)
			}
		}
		expectLines(t, b.said(), "WARN Alert.fire()",
			"WARN Alert.deliver() : webhook http://hook.example: it answered 503 Service Unavailable; nothing more is said",
			"INFO Alert.deliver() : webhook http://hook.example answers again after 15s")
		if d := b.List()[0].Deliveries; len(d) != 1 || d[0].Err != "" || d[0].Attempts != 5 || d[0].Took != 15*time.Second {
			t.Errorf("%+v", d)
		}
	})
}

func TestAnOutageIsSaidOnceAndItsLossesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.setAnswer(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") })
		b.faults(4)
		pass(15 * time.Minute) // firing and resolved are given up after two minutes each
		b.setAnswer(nil)
		b.faults(4)
		pass(30 * time.Second)
		expectLines(t, b.said(), "WARN Alert.fire()",
			"WARN Alert.deliver() : webhook http://hook.example: connection refused",
			"INFO Alert.resolve()", "WARN Alert.fire()",
			"INFO Alert.deliver() : webhook http://hook.example answers again after 15m0s, notices lost: 2")
	})
}

func TestAHangingWebhookDelaysNeitherTheEvaluationNorTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways(func(a *config.Alert) {
			a.Notifications = append(a.Notifications, config.AlertNotification{Channel: "webhook", Destination: "http://good.example/"})
		}))
		b.setAnswer(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "hook.example" {
				return hanging(r)
			}
			return answering(200)(r)
		})
		b.faults(4)
		pass(6 * time.Second)
		expectLines(t, b.said(), "WARN Alert.fire()")
		pass(70 * time.Second)
		good := 0
		for _, r := range b.received() {
			if strings.HasPrefix(r.url, "http://good") {
				good++
			}
		}
		if good != 2 {
			t.Errorf("%d messages to the webhook that is well", good)
		}
		expectLines(t, b.said(), "WARN Alert.deliver() : webhook http://hook.example: no answer within 10s", "INFO Alert.resolve()")
	})
}

func TestTheQueueIsBoundedAndLosesTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways(func(a *config.Alert) {
			a.ThrottleIntervalSeconds, a.Conditions[0].DurationSeconds = 0, 1
		}))
		b.setAnswer(hanging)
		for range 60 { // 120 notices within two minutes
			b.faults(4)
			pass(2 * time.Second)
		}
		for _, c := range b.couriers {
			c.mutex.Lock()
			if len(c.queue) != queueLength || c.failed == 0 {
				t.Errorf("queue of %d, %d failed", len(c.queue), c.failed)
			}
			c.mutex.Unlock()
		}
	})
}

func TestWhatAPeerRefusesIsNotSentAgain(t *testing.T) {
	for status, want := range map[int]string{
		404: "it answered 404 Not Found", 302: "it answered 302 Found, a redirect, which is not followed",
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, badGateways())
			b.setAnswer(answering(status))
			b.faults(4)
			pass(30 * time.Second)
			if n := len(b.received()); n != 1 {
				t.Errorf("%d: sent %d times", status, n)
			}
			if d := b.List()[0].Deliveries; len(d) != 1 || d[0].Err != want {
				t.Errorf("%+v, want %s", d, want)
			}
		})
	}
}

func TestAnAlertmanagerIsToldAgainWhileItFiresWhateverTheThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways(func(a *config.Alert) {
			a.Notifications = []config.AlertNotification{{Channel: "alertmanager", Destination: "http://am.example/base/"}}
		}))
		for range 5 * 60 {
			b.faults(4)
			pass(time.Second)
		}
		got := b.received()
		if len(got) != 5 {
			t.Fatalf("told %d times in five minutes", len(got))
		}
		for i, r := range got {
			a := managed(t, r)
			if r.url != "http://am.example/base/api/v2/alerts" || a.EndsAt.Sub(r.at) != renewalsAhead*renewInterval ||
				!a.StartsAt.Equal(managed(t, got[0]).StartsAt) {
				t.Errorf("%d: %s %+v", i, r.url, a)
			}
		}
		pass(2 * time.Minute)
		got = b.received()
		if last := managed(t, got[len(got)-1]); last.EndsAt.After(time.Now()) {
			t.Errorf("resolved: %+v", last)
		}
	})
}

func TestAnAlertmanagerThatWasAwayGetsTheLatestOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways(func(a *config.Alert) {
			a.Notifications = []config.AlertNotification{{Channel: "alertmanager", Destination: "http://am.example"}}
		}))
		b.setAnswer(answering(503))
		for range 10 * 60 {
			b.faults(4)
			pass(time.Second)
		}
		for _, c := range b.couriers {
			c.mutex.Lock()
			if len(c.queue) > 1 {
				t.Errorf("%d renewals are waiting", len(c.queue))
			}
			c.mutex.Unlock()
		}
	})
}

func managed(t *testing.T, r sent) managedAlert {
	t.Helper()
	var list []managedAlert
	if err := json.Unmarshal([]byte(r.body), &list); err != nil || len(list) != 1 {
		t.Fatalf("%v: %s", err, r.body)
	}
	return list[0]
}

func TestClosingDeliversWhatIsThereButDoesNotWaitForOneThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.setAnswer(hanging)
		b.faults(4)
		pass(6 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		b.Close(ctx)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("closing took %v", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.setAnswer(func(r *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return answering(200)(r)
		})
		b.faults(4)
		pass(6 * time.Second)
		b.Close(t.Context())
		if d := b.List()[0].Deliveries; len(d) != 1 || d[0].Err != "" {
			t.Errorf("%+v", d)
		}
	})
}

func TestAReloadKeepsWhatIsWaitingToBeDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.setAnswer(answering(500))
		b.faults(4)
		pass(7 * time.Second)
		b.Configure(gateway(badGateways(func(a *config.Alert) { a.Notifications = nil })))
		b.Configure(gateway())
		b.setAnswer(nil)
		pass(5 * time.Second)
		got := b.received()
		if last := got[len(got)-1]; len(got) < 3 || !strings.Contains(last.body, `"status":"firing"`) {
			t.Errorf("%d messages, the last %s", len(got), last.body)
		}
		b.Configure(gateway())
		if len(b.couriers) != 0 {
			t.Errorf("%d couriers are left with nothing to do", len(b.couriers))
		}
	})
}
