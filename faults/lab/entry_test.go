package lab

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryFlawOfAnEntryIsToldWithItsKey(t *testing.T) {
	e := Entry{
		Name: "outage", Does: "tls-silence",
		Share:    map[string]float64{"tls-silent": 0.6, "tls-close": 0.5, "connect-refused": 0.1, "nothing": 0.1, "306": -1},
		Schedule: []Step{{Does: "healthy"}, {Does: "dns-failure"}, {Does: "outage"}},
		Set:      map[string]string{"tls-slow.delay": "5s", "tls-slow.speed": "1", "fast.delay": "1s"},
	}
	var got []string
	for _, f := range e.Flaws() {
		message, _, _ := strings.Cut(f.Message, ";")
		message, _, _ = strings.Cut(message, ",")
		got = append(got, f.Key+": "+message)
	}
	want := []string{
		`does: is "tls-silence"`, "share.306: is -100%", "share.connect-refused: is connect-refused", `share.nothing: is "nothing"`,
		"schedule[1]: is dns-failure", `schedule[2]: is "outage"`,
		`set.fast.delay: is "1s": setting "fast.delay": there is no behaviour of that name`,
		`set.tls-slow.speed: is "1": setting "tls-slow.speed": there is no such knob`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	sum := Entry{Does: "healthy", Share: map[string]float64{"tls-silent": 0.6, "tls-close": 0.5}}.Flaws()
	if len(sum) != 1 || sum[0].Key != "share" || !strings.HasPrefix(sum[0].Message, "adds up to 110%") {
		t.Errorf("a share of 60%% and one of 50%%: %v", sum)
	}
}

func TestABehaviourWithASocketOfItsOwnCannotBeMixed(t *testing.T) {
	alone := 0
	for _, i := range Table() {
		if i.Alone == "" {
			continue
		}
		alone++
		for _, e := range []Entry{
			{Does: i.Name, Share: map[string]float64{"healthy": 0.5}},
			{Does: "healthy", Share: map[string]float64{i.Name: 0.5}},
			{Does: "healthy", Schedule: []Step{{Does: i.Name}}},
		} {
			if f := e.Flaws(); len(f) != 1 || !strings.Contains(f[0].Message, "cannot share a listener with other behaviours: "+i.Alone) {
				t.Errorf("%+v: %v", e, f)
			}
		}
		if f := (Entry{Does: i.Name}).Flaws(); len(f) > 0 {
			t.Errorf("%s by itself: %v", i.Name, f)
		}
	}
	if alone < 4 {
		t.Errorf("only %d behaviours have a socket of their own", alone)
	}
}

func TestEveryOtherBehaviourCanBeSwitchedTo(t *testing.T) {
	l, b := startOne(t, "healthy")
	for _, i := range Table() {
		if err := l.Switch(b.Name, i.Name, 0); (err == nil) != (i.Alone == "") {
			t.Errorf("switching to %s: %v", i.Name, err)
		}
	}
}

func TestEntriesAreListedAfterNamesWithWhatTheyDoBesides(t *testing.T) {
	l := startLab(t, Options{
		Names: []string{"healthy"},
		Entries: []Entry{{Name: "outage", Does: "tls-slow", Share: map[string]float64{"tls-close": 0.05},
			Schedule: []Step{{At: 1e10, Does: "tls-silent", For: 3e10}}, Set: map[string]string{"tls-slow.delay": "70ms"}}},
	})
	list := l.Backends()
	if len(list) != 2 || list[0].Name != "healthy" || list[1].Name != "outage" {
		t.Fatalf("backends are %+v", list)
	}
	const want = "; of connections 5% tls-close; at 10s: tls-silent for 30s"
	if does := list[1].Does; !strings.Contains(does, "70ms late") || !strings.HasSuffix(does, want) {
		t.Errorf("outage does %q", does)
	}
	if diff := cmp.Diff([]Knob{{"delay", "70ms"}}, list[1].Knobs); diff != "" {
		t.Error(diff)
	}
	dialTLS(t, l, list[0])
}

func TestEntriesNeedNamesOfTheirOwn(t *testing.T) {
	for _, o := range []Options{
		{Entries: []Entry{{Does: "healthy"}}},
		{Entries: []Entry{{Name: "a", Does: "healthy"}, {Name: "a", Does: "306"}}},
		{Names: []string{"healthy"}, Entries: []Entry{{Name: "healthy", Does: "306"}}},
		{Entries: []Entry{{Name: "a", Does: "nothing"}}},
	} {
		if l, err := Start(context.Background(), o); err == nil {
			l.Close()
			t.Errorf("%+v starts", o)
		}
	}
}
