package session_test

import (
	"fmt"
	"strings"
	"testing"

	"message-processor/tracing/session"
)

func fault(number int) *call {
	c := handshakeTimeout()
	c.MessageID = fmt.Sprint("mp1-12575-7-", number)
	return c
}

func TestTheLastFaultsAreKeptWithoutASession(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	for i := range 25 {
		s.Observe(fault(i).Record)
		s.Observe(success().Record)
	}
	faults := s.Faults()
	if len(faults) != 10 {
		t.Fatalf("%d faults", len(faults))
	}
	for i, tx := range faults {
		if want := fmt.Sprint("mp1-12575-7-", 24-i); tx.Summary().MessageID != want {
			t.Errorf("fault %d is %s, want %s", i, tx.Summary().MessageID, want)
		}
	}
	for _, id := range []string{"mp1-12575-7-20", faults[4].ID()} {
		if tx, err := s.Fault(id); err != nil || tx != faults[4] {
			t.Errorf("%s: %v, %v", id, tx, err)
		}
	}
	_, err := s.Fault("mp1-12575-7-3")
	mustBe(t, err, session.ErrUnknownTransaction)
}

func TestTheFaultsKeptAreBoundedInBytes(t *testing.T) {
	o := options()
	o.MaxBytes = 60 << 10
	s := session.New(o)
	defer s.Close()
	for i := range 10 {
		c := fault(i)
		c.Messages.RequestHead = head("GET / HTTP/1.1", "X-Large: "+strings.Repeat("x", 16<<10))
		s.Observe(c.Record)
	}
	if n := len(s.Faults()); n != 3 {
		t.Errorf("%d faults of about 19 KiB are kept in 60 KiB", n)
	}
}

func TestWithoutKeepFaultsNothingIsKept(t *testing.T) {
	o := options()
	o.KeepFaults = 0
	s := session.New(o)
	defer s.Close()
	s.Observe(fault(1).Record)
	if n := len(s.Faults()); n != 0 {
		t.Errorf("%d faults", n)
	}
}

func TestAFaultOfASessionIsTheSameTransaction(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "default")
	s.Observe(fault(1).Record)
	if transactions(t, s, "default")[0] != s.Faults()[0] {
		t.Error("kept twice")
	}
}

func TestATargetsOwnErrorIsNoFaultOfOurs(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	s.Observe(passedThrough400().Record)
	if n := len(s.Faults()); n != 0 {
		t.Errorf("%d faults", n)
	}
}

func TestAFaultWithoutAProxyIsKept(t *testing.T) {
	tx := record(t, endings[5].call())
	sum := tx.Summary()
	if sum.API != "" || sum.Status != 404 || sum.FaultSource != "apigee" || sum.Target != "" || sum.Verdict.ID != "inconclusive" {
		t.Errorf("%+v", sum)
	}
	if strings.Contains(string(tx.AppendXML(nil)), "fault-revision") {
		t.Error("a fault without a proxy names a revision")
	}
	for _, name := range []string{"apiproxy", "target.name", "route.name"} {
		if strings.Contains(string(tx.AppendXML(nil)), `<Property name="`+name) {
			t.Errorf("a trace without a proxy shows %s", name)
		}
	}
}
