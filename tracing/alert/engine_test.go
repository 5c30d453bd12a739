package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/config"
)

// pass lets virtual time go by, and everything that happens in it happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAnAlertFiresWithinOneEvaluationAndIsResolvedWhenTheWindowIsEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		pass(time.Second)
		b.faults(3)
		pass(30 * time.Second)
		expectLines(t, b.said())
		b.faults(1)
		pass(6 * time.Second)
		expectLines(t, b.said(), "WARN Alert.fire() : Bad gateways: count 4 > 3 within 1m0s "+
			"(faultCode messaging.adaptors.http.BadGateway), last messageid: mp1-1-4-1 mp1-1-3-1 mp1-1-2-1 mp1-1-1-1, "+
			"playbook: https://wiki.example/502")
		if s := b.List()[0]; s.State != Firing || s.Since.IsZero() || len(s.History) != 1 || s.History[0].Notices != 1 {
			t.Errorf("%+v", s)
		}
		pass(30 * time.Second) // the first three are older than a minute now
		expectLines(t, b.said(), "INFO Alert.resolve() : Bad gateways: resolved after 30s, now count 1, not > 3, within 1m0s")
		if s := b.List()[0]; s.State != Resolved || s.History[0].Ended.Sub(s.History[0].Started) != 30*time.Second ||
			s.History[0].Worst[0] != 4 {
			t.Errorf("%+v", s)
		}
		if got := b.received(); len(got) != 2 {
			t.Errorf("%d messages to the webhook", len(got))
		}
	})
}

func TestAShortWindowIsLookedAtMoreOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways(func(a *config.Alert) { a.Conditions[0].DurationSeconds = 1 }))
		pass(50 * time.Millisecond)
		b.faults(4)
		pass(100 * time.Millisecond)
		expectLines(t, b.said(), "WARN")
		pass(time.Second)
		expectLines(t, b.said(), "INFO")
	})
}

func TestWhileItFiresThereIsOneNoticeInEachThrottleInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		for range 25 * 60 { // 25 minutes of four faults in each second
			b.faults(4)
			pass(time.Second)
		}
		got := b.said()
		expectLines(t, got, "WARN Alert.fire()", "WARN Alert.fire()", "WARN Alert.fire()")
		if !strings.Contains(got[1], ", firing since 10m") || !strings.Contains(got[2], ", firing since 20m") {
			t.Errorf("%q", got)
		}
		if n := len(b.received()); n != 3 {
			t.Errorf("%d messages to the webhook", n)
		}
	})
}

func TestWithoutThrottleIntervalThereIsOneNoticeForEachTimeItFires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways(func(a *config.Alert) { a.ThrottleIntervalSeconds = 0 }))
		for range 3 {
			b.faults(4)
			pass(2 * time.Minute)
		}
		expectLines(t, b.said(), "WARN", "INFO", "WARN", "INFO", "WARN", "INFO")
	})
}

func TestFlappingIsThrottledToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		for range 5 { // 10 minutes of firing and being resolved
			b.faults(4)
			pass(2 * time.Minute)
		}
		expectLines(t, b.said(), "WARN", "INFO")
		if s := b.List()[0]; len(s.History) != 5 || !s.History[0].Throttled || s.History[4].Throttled {
			t.Errorf("history: %+v", s.History)
		}
		b.faults(4)
		pass(2 * time.Minute)
		expectLines(t, b.said(), "WARN", "INFO")
	})
}

func TestAnEpisodeThatBeganThrottledIsToldWhenTheIntervalIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.faults(4)
		pass(9 * time.Minute)
		expectLines(t, b.said(), "WARN", "INFO")
		for range 120 {
			b.faults(4)
			pass(time.Second)
		}
		expectLines(t, b.said(), "WARN Alert.fire() : Bad gateways: count 2")
		pass(2 * time.Minute)
		expectLines(t, b.said(), "INFO")
	})
}

func TestHistoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		for range 30 {
			b.faults(4)
			pass(2 * time.Minute)
		}
		s := b.List()[0]
		if len(s.History) != episodesKept || !s.History[0].Started.After(s.History[1].Started) {
			t.Errorf("%d episodes", len(s.History))
		}
		if n := len(s.Conditions[0].Points); n != pointsKept {
			t.Errorf("%d points", n)
		}
	})
}

func TestAReloadKeepsStateCountsAndHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.faults(2)
		other := badGateways(func(a *config.Alert) { a.Name = "another" })
		b.Configure(gateway(other, badGateways(func(a *config.Alert) { a.Description = "reworded" })))
		b.faults(2)
		pass(6 * time.Second)
		expectLines(t, b.said(), "WARN Alert.fire() : Bad gateways: count 4 > 3")
		before := b.List()[1]
		b.Configure(gateway(badGateways(func(a *config.Alert) { a.Conditions[0].Threshold = 2 })))
		pass(6 * time.Second)
		after := b.List()[0]
		if after.UUID != before.UUID || after.State != Firing || after.History[0].ID != before.History[0].ID {
			t.Errorf("before %+v\nafter %+v", before, after)
		}
		if got := b.said(); slices.ContainsFunc(got, func(line string) bool { return !strings.Contains(line, "another") }) {
			t.Errorf("a reload made it say %q", got)
		}
	})
}

func TestTwoConditionsThatLookAtTheSameCountOnceEachAfterAReloadToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		band := badGateways(func(a *config.Alert) {
			upper := a.Conditions[0]
			upper.Threshold, upper.Comparator = 6, "<"
			a.Conditions = append(a.Conditions, upper)
		})
		b := newBench(t, band)
		b.Configure(gateway(band))
		b.Configure(gateway(band))
		b.faults(4)
		for _, c := range b.List()[0].Conditions {
			if c.Value != 4 {
				t.Errorf("counted %v", c.Value)
			}
		}
	})
}

func TestAnAlertThatIsTakenAwayWhileItFiresIsResolved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.faults(4)
		pass(7 * time.Second)
		b.Configure(gateway())
		pass(time.Second)
		expectLines(t, b.said(), "WARN", "INFO Alert.resolve() : Bad gateways: resolved after 1s, the alert was removed")
		if got := b.received(); len(got) != 2 || !strings.Contains(got[1].body, `"reason":"the alert was removed"`) {
			t.Errorf("%v", got)
		}
	})
}

func TestADisabledAlertIsResolvedAndDoesNotFire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.faults(4)
		pass(7 * time.Second)
		b.Configure(gateway(badGateways(func(a *config.Alert) { a.Enabled = false })))
		b.faults(4)
		pass(6 * time.Second)
		expectLines(t, b.said(), "WARN", "INFO Alert.resolve() : Bad gateways: resolved after 1s, the alert is disabled")
	})
}

func TestAnAlertForAnotherEnvironmentNeverFires(t *testing.T) {
	for name, change := range map[string]func(*config.Alert){
		"environment": func(a *config.Alert) { a.Environment = "prod" },
		"org":         func(a *config.Alert) { a.Conditions[0].Dimensions.Org = "other" },
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, badGateways(change))
			b.faults(10)
			pass(time.Minute)
			expectLines(t, b.said())
			if s := b.List()[0]; s.Applies || s.State != Inactive {
				t.Errorf("%s: %+v", name, s)
			}
		})
	}
}

func TestAllConditionsMustBeMet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways(func(a *config.Alert) {
			a.Conditions = append(a.Conditions, config.AlertCondition{Metric: config.MetricTPS, Threshold: 1, Comparator: ">=",
				DurationSeconds: 10, Dimensions: config.AlertDimensions{StatusCode: "2xx"}})
		}))
		b.faults(4)
		pass(10 * time.Second)
		expectLines(t, b.said())
		for range 10 {
			b.Observe(b.record())
		}
		pass(time.Second)
		expectLines(t, b.said(), "WARN Alert.fire() : Bad gateways: count 4 > 3 within 1m0s "+
			"(faultCode messaging.adaptors.http.BadGateway) and tps 1 >= 1 within 10s (statusCode 2xx), last messageid: ")
	})
}

func TestTooFewIsNotJudgedBeforeTheWindowIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways(func(a *config.Alert) {
			a.Conditions[0] = config.AlertCondition{Metric: config.MetricCount, Threshold: 1, Comparator: "<", DurationSeconds: 60}
		}))
		pass(59 * time.Second)
		expectLines(t, b.said())
		pass(2 * time.Second)
		expectLines(t, b.said(), "WARN Alert.fire() : Bad gateways: count 0 < 1 within 1m0s, playbook")
	})
}

func TestEvidenceIsTheNewestAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		b.Observe(b.record()) // mp1-1-1-1 is a good one
		b.faults(20)
		pass(6 * time.Second)
		var ids []string
		for _, transaction := range b.List()[0].History[0].Transactions {
			ids = append(ids, transaction.MessageID)
		}
		want := []string{"mp1-1-21-1", "mp1-1-20-1", "mp1-1-19-1", "mp1-1-18-1", "mp1-1-17-1"}
		if !slices.Equal(ids, want) {
			t.Errorf("%v", ids)
		}
	})
}

func TestManyAlertsAreEvaluatedEachAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var alerts []config.Alert
		for i := range config.MostAlerts {
			alerts = append(alerts, badGateways(func(a *config.Alert) {
				a.Name, a.Conditions[0].DurationSeconds = fmt.Sprint("alert ", i), i+1
			}))
		}
		b := newBench(t, alerts...)
		pass(time.Second)
		b.faults(4)
		pass(2 * time.Second)
		if n := len(b.said()); n < config.MostAlerts {
			t.Errorf("%d of them fired", n)
		}
	})
}
