package session_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/tracing/session"
)

func transactions(t *testing.T, s *session.Store, name string) []*session.Transaction {
	t.Helper()
	list, err := s.Transactions(orders, name)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTransactionsAreNumberedAcrossSessions(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "a")
	s.Observe(success().Record)
	s.Observe(handshakeTimeout().Record)
	start(t, s, orders, "b")
	s.Observe(success().Record)
	for name, want := range map[string]string{"a": "1 2 3", "b": "3"} {
		var got []string
		for _, tx := range transactions(t, s, name) {
			id, number, _ := strings.Cut(tx.ID(), "__")
			if id != processor {
				t.Error(tx.ID())
			}
			got = append(got, number)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("session %s has %v, want %s", name, got, want)
		}
	}
	tx, err := s.Get(orders, "a", processor+"__2")
	if err != nil || tx.Summary().Fault != "messaging.adaptors.http.BadGateway" {
		t.Error(tx, err)
	}
}

func TestASessionIsForOneRevisionOfOneProxy(t *testing.T) {
	other := []func(*session.Scope){
		func(s *session.Scope) { s.Organization = "other" }, func(s *session.Scope) { s.Environment = "prod" },
		func(s *session.Scope) { s.API = "carts" }, func(s *session.Scope) { s.Revision = 4 },
	}
	s := session.New(options())
	defer s.Close()
	for i, change := range other {
		scope := orders
		change(&scope)
		start(t, s, scope, fmt.Sprint(i))
		s.Observe(success().Record)
		if list, _ := s.Transactions(scope, fmt.Sprint(i)); len(list) != 0 {
			t.Errorf("%+v recorded a call of %+v", scope, orders)
		}
		if _, err := s.Find(orders, fmt.Sprint(i)); err == nil {
			t.Errorf("%+v is found under %+v", scope, orders)
		}
	}
	if all, own := len(s.All()), len(s.List(orders)); all != len(other) || own != 0 {
		t.Errorf("%d sessions, %d of them of the proxy", all, own)
	}
}

func TestWhatIsUnknownOrInvalidIsRefused(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "default")
	create := func(spec session.Spec) error {
		spec.Scope = orders
		_, err := s.Create(spec)
		return err
	}
	mustBe(t, create(session.Spec{Name: "default"}), session.ErrExists)
	mustBe(t, create(session.Spec{Name: "a", Timeout: -1}), session.ErrInvalidTimeout)
	for _, name := range []string{"", "a/b", "a b", "..", ".", "ä", "a\n", strings.Repeat("x", 129)} {
		mustBe(t, create(session.Spec{Name: name}), session.ErrInvalidName)
	}
	mustBe(t, create(session.Spec{Name: "a", Filters: make([]session.Filter, 1)}), session.ErrInvalidFilter)
	mustBe(t, create(session.Spec{Name: "a", Filters: make([]session.Filter, 33)}), session.ErrInvalidFilter)
	_, err := s.Transactions(orders, "none")
	mustBe(t, err, session.ErrUnknownSession)
	_, err = s.Get(orders, "none", "x")
	mustBe(t, err, session.ErrUnknownSession)
	_, err = s.Get(orders, "default", "x")
	mustBe(t, err, session.ErrUnknownTransaction)
	_, err = s.Fault("x")
	mustBe(t, err, session.ErrUnknownTransaction)
	_, _, err = s.Subscribe(orders, "none")
	mustBe(t, err, session.ErrUnknownSession)
	_, err = s.AppendFile(nil, orders, "none")
	mustBe(t, err, session.ErrUnknownSession)
	mustBe(t, s.Delete(orders, "none"), session.ErrUnknownSession)
	if err := create(session.Spec{Name: strings.Repeat("x", 1000)}); len(err.Error()) > 200 {
		t.Errorf("a refusal of %d bytes", len(err.Error()))
	}
}

func TestNamesSeenFromClientsAreAccepted(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	for _, name := range []string{"default", "1446160968885", "0e43b9b4-9d3f-4d0b-8a2c-9a2a51f0ff10", "a.b_c-d~e:f@g+h"} {
		start(t, s, orders, name)
	}
}

func TestADeletedSessionCanBeCreatedAgain(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	for range 3 {
		start(t, s, orders, "default")
		s.Observe(success().Record)
		if n := len(transactions(t, s, "default")); n != 1 {
			t.Errorf("%d transactions", n)
		}
		if err := s.Delete(orders, "default"); err != nil {
			t.Error(err)
		}
	}
}

func TestSessionsAreLimitedInNumber(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	for i := range 64 {
		start(t, s, orders, fmt.Sprint(i))
	}
	_, err := s.Create(session.Spec{Scope: orders, Name: "more"})
	mustBe(t, err, session.ErrTooMany)
	s.Close()
	_, err = s.Create(session.Spec{Scope: orders, Name: "more"})
	mustBe(t, err, session.ErrTooMany)
}

func TestASessionEndsAfterItsTimeoutWithItsData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := session.New(options())
		defer s.Close()
		info, err := s.Create(session.Spec{Scope: orders, Name: "short", Timeout: 31 * time.Second})
		if err != nil || info.Ends.Sub(info.Started) != 31*time.Second {
			t.Fatal(info, err)
		}
		long, _ := s.Create(session.Spec{Scope: orders, Name: "long", Timeout: time.Hour})
		if long.Ends.Sub(long.Started) != 10*time.Minute {
			t.Errorf("a session may last %s", long.Ends.Sub(long.Started))
		}
		s.Observe(success().Record)
		feed, _, _ := s.Subscribe(orders, "short")
		<-feed
		time.Sleep(31*time.Second - 1)
		if n := len(transactions(t, s, "short")); n != 1 {
			t.Errorf("%d transactions before the end", n)
		}
		time.Sleep(1)
		synctest.Wait()
		_, err = s.Find(orders, "short")
		mustBe(t, err, session.ErrUnknownSession)
		if _, open := <-feed; open {
			t.Error("the feed goes on after the session")
		}
		if len(transactions(t, s, "long")) != 1 {
			t.Error("the other session lost its data")
		}
	})
}

func TestASessionStopsAtItsLimitAndKeepsItsData(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "default")
	for range 25 {
		s.Observe(success().Record)
	}
	info, err := s.Find(orders, "default")
	if err != nil || info.Transactions != 20 || info.Limit != 20 || info.Recording {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestTheBytesOfAllSessionsTogetherAreBounded(t *testing.T) {
	o := options()
	o.MaxBytes = 40 << 10
	s := session.New(o)
	defer s.Close()
	start(t, s, orders, "a")
	start(t, s, orders, "b")
	large := success()
	large.Messages.RequestHead = append(large.Messages.RequestHead[:len(large.Messages.RequestHead)-2],
		"X-Large: "+strings.Repeat("x", 12<<10)+"\r\n\r\n"...)
	s.Observe(large.Record)
	s.Observe(large.Record)
	total := 0
	for _, info := range s.All() {
		total += info.Transactions
		if info.Transactions < 2 && info.Recording {
			t.Errorf("%+v still records", info)
		}
	}
	if total != 2 {
		t.Errorf("%d transactions of 16 KiB are kept in 40 KiB", total)
	}
	if err := s.Delete(orders, "a"); err != nil {
		t.Fatal(err)
	}
	start(t, s, orders, "c")
	s.Observe(large.Record)
	if len(transactions(t, s, "c")) != 1 {
		t.Error("a session's bytes are not given back at its end")
	}
}

func TestSubscribersGetWhatWasAndWhatComes(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "default")
	s.Observe(success().Record)
	feed, cancel, err := s.Subscribe(orders, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Observe(handshakeTimeout().Record)
	if first, second := <-feed, <-feed; !strings.HasSuffix(first.ID(), "__1") || !strings.HasSuffix(second.ID(), "__2") {
		t.Error(first.ID(), second.ID())
	}
	cancel()
	cancel()
	if _, open := <-feed; open {
		t.Error("open after cancel")
	}
	s.Observe(success().Record)
}

func TestSubscribersThatDoNotReadHoldNobodyUp(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "default")
	for range 32 {
		if _, _, err := s.Subscribe(orders, "default"); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := s.Subscribe(orders, "default")
	mustBe(t, err, session.ErrTooMany)
	for range 30 {
		s.Observe(success().Record)
	}
}

func TestConfigureAppliesToWhatComesNext(t *testing.T) {
	o := options()
	s := session.New(o)
	defer s.Close()
	start(t, s, orders, "old")
	o.MaxTransactions, o.KeepFaults = 2, 1
	for range 3 {
		s.Observe(handshakeTimeout().Record)
	}
	s.Configure(o)
	start(t, s, orders, "new")
	for range 3 {
		s.Observe(handshakeTimeout().Record)
	}
	if a, b, f := len(transactions(t, s, "old")), len(transactions(t, s, "new")), len(s.Faults()); a != 6 || b != 2 || f != 1 {
		t.Errorf("old %d, new %d, faults %d", a, b, f)
	}
}

func TestTheDownloadIsTheOriginalsFile(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "1446160968885")
	s.Observe(success().Record)
	s.Observe(handshakeTimeout().Record)
	file, err := s.AppendFile(nil, orders, "1446160968885")
	if err != nil {
		t.Fatal(err)
	}
	root := parse(t, file)
	if !root.is("DebugSession") || root.names() != "Retrieved Organization Environment API Revision SessionId Messages" {
		t.Errorf("%s: %s", root.name, root.names())
	}
	if text := root.child("Retrieved").text; !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(text) {
		t.Errorf("Retrieved %q", text)
	}
	if root.child("Revision").text != "3" || root.child("SessionId").text != "1446160968885" || root.child("API").text != "orders" {
		t.Error("the head of the file is not the session's")
	}
	messages := root.child("Messages")
	if messages.names() != "Message Message" {
		t.Fatal(messages.names())
	}
	for i, m := range messages.children {
		if m.names() != "DebugId Data" || m.child("DebugId").text != fmt.Sprintf("%s__%d", processor, i+1) {
			t.Errorf("message %d: %s, %s", i, m.names(), m.child("DebugId").text)
		}
		if !strings.HasPrefix(m.child("Data").names(), "Completed Point Point") {
			t.Error(m.child("Data").names())
		}
	}
	if name := session.FileName(began); name != "trace-1795342542330.xml" {
		t.Error(name)
	}
}

func TestOneTransactionIsAFileToo(t *testing.T) {
	root := parse(t, record(t, handshakeTimeout()).AppendFile(nil))
	if root.child("API").text != "orders" || root.child("SessionId").text != "" || root.child("Messages").names() != "Message" {
		t.Error(root.names())
	}
}
