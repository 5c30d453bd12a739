package lab

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Entry is a backend whose behaviour may change: from connection to connection, by Share, and with time, by Schedule.
// A connection keeps the behaviour it was accepted with; when the backend's behaviour changes, connections with another
// one are closed as soon as they rest between two requests.
type Entry struct {
	Name     string
	Does     string             // name of the behaviour in the table, the one it has unless Share or Schedule say otherwise
	Share    map[string]float64 // behaviour to the fraction of connections that get it, by a draw for each connection
	Seed     uint64             // of the draws: the n-th connection of a backend draws the same in every run
	Schedule []Step             // behaviours that all connections get for a while, whatever Share says
	Set      map[string]string  // knobs of this backend's behaviours, "NAME.KNOB" to value, on top of Options.Set
}

// Flaw is one thing wrong with an Entry.
type Flaw struct {
	Key     string // the field in lower case, with a member: "does", "share.tls-silent", "schedule[1]", "set.tls-slow.delay"
	Message string // completes "KEY …"
}

// Flaws lists everything that would keep Start from running the entry.
func (e Entry) Flaws() []Flaw {
	list := behaviourFlaws("does", e.Does)
	mixed := len(e.Share)+len(e.Schedule) > 0
	if r, ok := find(e.Does); ok && mixed && r.alone != "" {
		list = append(list, Flaw{"does", aloneMessage(r)})
	}
	list = append(list, e.shareFlaws()...)
	for i, s := range e.Schedule {
		list = append(list, mixedFlaws(fmt.Sprintf("schedule[%d]", i), s.Does)...)
	}
	for _, key := range slices.Sorted(maps.Keys(e.Set)) {
		if _, err := setKnobs(table, map[string]string{key: e.Set[key]}); err != nil {
			list = append(list, Flaw{"set." + key, "is " + fmt.Sprintf("%q", e.Set[key]) + ": " + err.Error()})
		}
	}
	return list
}

func (e Entry) shareFlaws() []Flaw {
	var list []Flaw
	sum := 0.0
	for _, s := range sortShares(e.Share) {
		list = append(list, mixedFlaws("share."+s.does, s.does)...)
		if !(s.fraction > 0 && s.fraction <= 1) {
			list = append(list, Flaw{"share." + s.does, "is " + formatShare(s.fraction) + "; allowed: above 0% and up to 100%"})
		}
		sum += s.fraction
	}
	if sum > 1+1e-9 { // ten times 10% are a little more than 1
		list = append(list, Flaw{"share", "adds up to " + formatShare(sum) + "; allowed: up to 100%"})
	}
	return list
}

func behaviourFlaws(key, does string) []Flaw {
	if _, ok := find(does); ok {
		return nil
	}
	return []Flaw{{key, fmt.Sprintf("is %q, which is no behaviour of the lab; allowed: %s", does, strings.Join(Names(), ", "))}}
}

// mixedFlaws are those of a behaviour that shares a listener with others.
func mixedFlaws(key, does string) []Flaw {
	if r, ok := find(does); ok && r.alone != "" {
		return []Flaw{{key, aloneMessage(r)}}
	}
	return behaviourFlaws(key, does)
}

func aloneMessage(r row) string {
	return fmt.Sprintf("is %s, which cannot share a listener with other behaviours: %s", r.Name, r.alone)
}

// names are the behaviours the entry can have by itself.
func (e Entry) names() []string {
	list := []string{e.Does}
	for does := range e.Share {
		list = append(list, does)
	}
	for _, s := range e.Schedule {
		list = append(list, s.Does)
	}
	return list
}

// does is the line of the entry's behaviour r, with what it does besides.
func (e Entry) does(r row) string {
	line := r.does()
	if len(e.Share) > 0 {
		line += "; of connections " + sortShares(e.Share).String()
	}
	for _, s := range e.Schedule {
		line += "; " + s.String()
	}
	return line
}
