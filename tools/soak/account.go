package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"message-processor/faults"
)

// books are four independent records of the same transactions.
type books struct {
	log      map[string]logged // one line each at level debug
	spans    map[string]serverSpan
	answers  map[string]answer
	sessions []string // message ids that trace sessions had

	requests map[string]int // by API proxy, as the metrics count them
	faults   map[string]int // by fault code, likewise

	linesDropped, spansDropped int // as the metrics count them
}

// balance compares the books. Every finding is a sentence, with a few examples.
func (b *books) balance() []string {
	var f findings
	b.balanceLog(&f)
	b.balanceSpans(&f)
	b.balanceMetrics(&f)
	b.balanceAnswers(&f)
	return f.sentences()
}

// balanceLog: every transaction has one line, an ERROR line if and only if it ended in a fault of the gateway.
func (b *books) balanceLog(f *findings) {
	missing := 0
	for id, span := range b.spans {
		l := b.log[id]
		if l.lines == 0 {
			if missing++; missing > b.linesDropped {
				f.add("have a span but no line in system.log", id)
			}
			continue
		}
		if l.api != span.api {
			f.add("are of another API proxy in system.log than in their span", id)
		}
		if want := gatewayFault(span.fault); l.errors != want {
			f.add(fmt.Sprintf("have %d ERROR lines instead of %d", l.errors, want), id)
		}
	}
	for id, l := range b.log {
		if l.lines > 1 {
			f.add("have more than one line in system.log", id)
		}
	}
}

// gatewayFault is the number of ERROR lines that a fault code makes: a target's own 4xx or 5xx is passed on without one.
func gatewayFault(code string) int {
	passedOn, _ := faults.Find(faults.ErrorResponseCode)
	if code == "" || code == passedOn.TraceCode {
		return 0
	}
	return 1
}

// balanceSpans: every transaction has one SERVER span.
func (b *books) balanceSpans(f *findings) {
	missing := 0
	for id := range b.log {
		if b.spans[id].servers == 0 {
			if missing++; missing > b.spansDropped {
				f.add("have a line in system.log but no SERVER span", id)
			}
		}
	}
	for id, s := range b.spans {
		if s.servers > 1 {
			f.add("have more than one SERVER span", id)
		}
	}
}

// balanceMetrics: the metrics count as many, for each API proxy and each fault code. Nothing is compared where something
// was dropped: the counts of what is left prove nothing then, and the drop itself is told.
func (b *books) balanceMetrics(f *findings) {
	byAPI, byCode := map[string]int{}, map[string]int{}
	for _, s := range b.spans {
		byAPI[s.api] += s.servers
		if s.fault != "" {
			byCode[s.fault] += s.servers
		}
	}
	if b.linesDropped == 0 {
		logged := map[string]int{}
		for _, l := range b.log {
			logged[l.api] += l.lines
		}
		f.compare("requests of API proxy", "metrics", "lines in system.log", b.requests, logged)
	}
	if b.spansDropped == 0 {
		f.compare("requests of API proxy", "metrics", "SERVER spans", b.requests, byAPI)
		f.compare("faults", "metrics", "SERVER spans", b.faults, byCode)
	}
}

// balanceAnswers: every answer was written down, with the same status and fault, and answered once.
func (b *books) balanceAnswers(f *findings) {
	for id, a := range b.answers {
		span, found := b.spans[id]
		_, inLog := b.log[id]
		switch {
		case a.times > 1:
			f.add("were answered more than once", id)
		case !inLog && b.linesDropped == 0:
			f.add("were answered but are not in system.log", id)
		case !found && b.spansDropped == 0:
			f.add("were answered but have no span", id)
		case found && (span.status != a.status || span.fault != a.fault):
			f.add("were answered otherwise than their span says", fmt.Sprintf("%s (%s: %d %s, span: %d %s)", id, a.kind, a.status, a.fault, span.status, span.fault))
		}
	}
	for _, id := range b.sessions {
		if _, found := b.log[id]; !found && b.linesDropped == 0 {
			f.add("are in a trace session but not in system.log", id)
		}
	}
}

// dropped says what was lost on the way and counted: the soak should not get that far.
func (b *books) dropped() []string {
	var list []string
	if b.linesDropped > 0 {
		list = append(list, fmt.Sprintf("%d lines of system.log were dropped", b.linesDropped))
	}
	if b.spansDropped > 0 {
		list = append(list, fmt.Sprintf("%d spans were dropped", b.spansDropped))
	}
	return list
}

// findings are what is wrong, with the transactions that it is wrong with.
type findings struct {
	of    map[string]int
	such  map[string][]string
	other []string
}

const maxExamples = 3

func (f *findings) add(what, id string) {
	if f.of == nil {
		f.of, f.such = map[string]int{}, map[string][]string{}
	}
	f.of[what]++
	if len(f.such[what]) < maxExamples {
		f.such[what] = append(f.such[what], id)
	}
}

// compare finds the names that two books count differently.
func (f *findings) compare(what, left, right string, l, r map[string]int) {
	names := maps.Clone(l)
	maps.Copy(names, r)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if l[name] != r[name] {
			f.other = append(f.other, fmt.Sprintf("%s %s: %d in the %s, %d %s", what, cmp.Or(name, "(none)"), l[name], left, r[name], right))
		}
	}
}

func (f *findings) sentences() []string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(f.of)) {
		all = append(all, fmt.Sprintf("%d transactions %s, such as %v", f.of[what], what, f.such[what]))
	}
	return append(all, f.other...)
}
