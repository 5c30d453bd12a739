package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Lab is one misbehaving backend to start, reached as API proxy lab-NAME, revision 1, at /lab/NAME. The texts have the
// shape they need; whether the behaviours and knobs they name exist is for the lab to say.
type Lab struct {
	Name string
	// API and Revision are those of the API proxy in front; "": lab-NAME.
	API      string
	Revision int
	// Does is the name of a behaviour.
	Does string
	// Line is where Does was given, for the problem of an unknown behaviour.
	Line int
	// Share is the part of connections that get another behaviour: its name to a text like "5%".
	Share map[string]string
	// Seed begins the draws of Share.
	Seed int64
	// Schedule has texts like "at 10s: tls-silent for 30s".
	Schedule []string
	// Set has knobs: texts like "tls-slow.delay" to their values.
	Set map[string]string
	// Lines are where the members of Share, Schedule and Set were given: "share.tls-silent", "schedule[0]",
	// "set.tls-slow.delay".
	Lines map[string]int
}

func (d *draft) lab(v value) {
	for _, item := range v.items() {
		var l Lab
		item.mapping([]field{
			{"name", text(&l.Name, nameRule)},
			{"api", text(&l.API, nameRule)},
			{"revision", integer(&l.Revision, 1, math.MaxInt32)},
			{"does", text(&l.Does, filledRule)},
			{"share", l.share},
			{"seed", integer(&l.Seed, math.MinInt64, math.MaxInt64)},
			{"schedule", l.schedule},
			{"set", l.set},
		})
		item.require("name", nameRule.allowed)
		item.require("does", "the name of a lab behaviour, such as tls-silent")
		at, _ := item.at("name")
		does, _ := item.at("does")
		l.Line = does.line
		d.Lab, d.labAt = append(d.Lab, l), append(d.labAt, at)
	}
}

func (l *Lab) share(v value) {
	sum := 0.0
	for _, m := range v.members() {
		part, ok := m.text(shareRule.allowed)
		if !ok || !shareRule.accepts(m.place, part) {
			continue
		}
		sum += percent(part)
		l.put(&l.Share, "share", m, part)
	}
	if sum > 100+1e-7 { // a thousand times 0.1% are a little more than 100%
		v.refuse("up to 100%", "adds up to more than 100%%")
	}
}

func (l *Lab) schedule(v value) {
	for i, item := range v.items() {
		step, ok := item.text(stepRule.allowed)
		if !ok || !stepRule.accepts(item.place, step) {
			continue
		}
		l.note(fmt.Sprintf("schedule[%d]", i), item.place)
		l.Schedule = append(l.Schedule, step)
	}
}

// set takes numbers without quotes too: no knob can tell 10 from "10".
func (l *Lab) set(v value) {
	const allowed = "a duration such as 250ms, or a whole number"
	for _, m := range v.members() {
		switch {
		case !knobForm.MatchString(m.name):
			m.refuse("BEHAVIOUR.KNOB, such as tls-slow.delay", "is no name of a knob")
		case m.node.Kind != yaml.ScalarNode || m.node.Tag != "!!str" && m.node.Tag != "!!int" || m.isEmptyText():
			m.refuse(allowed, "is %s", m.describe())
		default:
			l.put(&l.Set, "set", m, m.node.Value)
		}
	}
}

// put keeps a member with its line.
func (l *Lab) put(to *map[string]string, key string, m member, text string) {
	if *to == nil {
		*to = map[string]string{}
	}
	(*to)[m.name] = text
	l.note(key+"."+m.name, m.place)
}

func (l *Lab) note(key string, at place) {
	if l.Lines == nil {
		l.Lines = map[string]int{}
	}
	l.Lines[key] = at.line
}

var (
	knobForm = regexp.MustCompile(`^[a-z0-9-]+\.[a-z]+$`)
	stepForm = regexp.MustCompile(`^at (\S+): [a-z0-9-]+(?: for (\S+))?$`)
)

var shareRule = rule{"a part of the connections above 0% and up to 100%, such as 5% or 0.5%", func(s string) string {
	if p := percent(s); !(p > 0 && p <= 100) {
		return "is " + quote(s)
	}
	return ""
}}

// percent is not a number for what is none.
func percent(s string) float64 {
	number, found := strings.CutSuffix(s, "%")
	p, err := strconv.ParseFloat(number, 64)
	if !found || err != nil {
		return math.NaN()
	}
	return p
}

var stepRule = rule{`a text in quotes like "at 10s: tls-silent for 30s" or "at 1m: healthy"`, func(s string) string {
	parts := stepForm.FindStringSubmatch(s)
	if parts == nil {
		return "is " + quote(s)
	}
	if at, err := time.ParseDuration(parts[1]); err != nil || at < 0 {
		return "begins at " + quote(parts[1])
	}
	if lasts, err := time.ParseDuration(parts[2]); parts[2] != "" && (err != nil || lasts <= 0) {
		return "lasts for " + quote(parts[2])
	}
	return ""
}}

// claimLab keeps proxies from standing where a lab backend will be.
func (d *draft) claimLab(i int) {
	if name := d.Lab[i].Name; name != "" {
		d.claim("lab-"+name, 1, d.labAt[i])
		d.claimPath("/lab/"+name, d.labAt[i])
	}
}
