package alert

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/config"
	"message-processor/faults"
)

func called(name string) func(*config.Alert) { return func(a *config.Alert) { a.Name = name } }

func TestAnAlertOfTheAPIFiresAndSurvivesAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		made, err := b.Create(badGateways())
		if err != nil || made.State != Inactive || made.FromFile {
			t.Fatalf("%+v %v", made, err)
		}
		synctest.Wait()
		b.faults(2)
		b.Configure(gateway(badGateways(called("another"))))
		b.faults(2)
		pass(6 * time.Second)
		expectLines(t, b.said()[:1], "WARN Alert.fire() : Bad gateways: count 4")
		if found, err := b.Find(made.UUID); err != nil || found.State != Firing {
			t.Errorf("%+v %v", found, err)
		}
	})
}

func TestAnUpdateKeepsWhatHasBeenCountedAndTheHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		made, _ := b.Create(badGateways(func(a *config.Alert) { a.Conditions[0].Threshold = 100 }))
		b.faults(5)
		if _, err := b.Update(made.UUID, badGateways()); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		expectLines(t, b.said(), "WARN Alert.fire() : Bad gateways: count 5 > 3")
	})
}

func TestADeletedAlertIsResolved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		made, _ := b.Create(badGateways())
		synctest.Wait()
		b.faults(4)
		pass(7 * time.Second)
		if err := b.Delete(made.UUID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		expectLines(t, b.said(), "WARN", "INFO Alert.resolve() : Bad gateways: resolved after 1s, the alert was removed")
		if n := len(b.received()); n != 2 || len(b.List()) != 0 {
			t.Errorf("%d messages, alerts %v", n, b.List())
		}
	})
}

func TestWhatTheAPICannotDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, badGateways())
		uuid := b.List()[0].UUID
		create := func(a config.Alert) error { _, err := b.Create(a); return err }
		update := func(uuid string, a config.Alert) error { _, err := b.Update(uuid, a); return err }
		made, err := b.Create(badGateways(called("made")))
		if err != nil {
			t.Fatal(err)
		}
		wrong := badGateways(called("x"), func(a *config.Alert) { a.Conditions[0].Dimensions.FaultCode = "x.y" })
		for what, got := range map[string]struct{ err, want error }{
			"change one of the file":    {update(uuid, badGateways()), ErrReadOnly},
			"delete one of the file":    {b.Delete(uuid), ErrReadOnly},
			"delete what is not there":  {b.Delete("x"), ErrUnknown},
			"change what is not there":  {update("x", badGateways()), ErrUnknown},
			"use a name twice":          {create(badGateways()), ErrNameTaken},
			"take the name of another":  {update(made.UUID, badGateways()), ErrNameTaken},
			"keep its own name":         {update(made.UUID, badGateways(called("made"))), nil},
			"watch for an unknown code": {create(wrong), ErrFaultCode},
			"change to an unknown code": {update(made.UUID, wrong), ErrFaultCode},
			"watch for the code of bodies": {create(badGateways(called("y"), func(a *config.Alert) {
				a.Conditions[0].Dimensions.FaultCode = "messaging.adaptors.http.flow.BadGateway"
			})), ErrFaultCode},
		} {
			if !errors.Is(got.err, got.want) {
				t.Errorf("%s: %v, want %v", what, got.err, got.want)
			}
		}
		for i := range config.MostAlerts - 2 {
			if err := create(badGateways(called(fmt.Sprint(i)))); err != nil {
				t.Error(err)
			}
		}
		if err := create(badGateways(called("one too many"))); !errors.Is(err, ErrTooMany) {
			t.Error(err)
		}
		b.stop()
		if err := create(badGateways(called("late"))); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

func TestEveryCodeOfTheCatalogueIsKnownAndTheOtherCodeIsExplained(t *testing.T) {
	for _, f := range faults.All() {
		if flaw := NoSuchFault(&config.AlertCondition{Dimensions: config.AlertDimensions{FaultCode: f.TraceCode}}); flaw != "" {
			t.Error(flaw)
		}
	}
	for _, d := range []config.AlertDimensions{
		{FaultCode: "messaging.adaptors.http.BadGateway", FaultCodeCategory: "API Protocol"}, {FaultCodeCategory: "Mint"},
		{FaultCodeSubCategory: "HTTP", FaultCodeName: "BadGateway"},
	} {
		if flaw := NoSuchFault(&config.AlertCondition{Dimensions: d}); !strings.HasPrefix(flaw, "selects") {
			t.Errorf("%+v: %q", d, flaw)
		}
	}
	body := config.AlertCondition{Dimensions: config.AlertDimensions{FaultCode: "messaging.adaptors.http.flow.BadGateway"}}
	if flaw := NoSuchFault(&body); !strings.Contains(flaw, `its code is "messaging.adaptors.http.BadGateway"`) {
		t.Error(flaw)
	}
}
