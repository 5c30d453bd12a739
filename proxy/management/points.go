package management

import (
	"slices"
	"strings"
	"time"

	"message-processor/tracing/session"
)

// pointView is a point of the trace as the page shows it.
type pointView struct {
	session.Point
	Title  string
	At     string // since the request began
	Gap    string // how long nothing happened before it, if that is worth telling
	Kind   string // how it is to look: state, error, analytics, minor or flow
	Detail bool   // there is something to unfold
}

// A gap is worth telling when it is at least this share of the whole time, and long enough for people.
const (
	gapShare = 0.1
	gapLeast = 50 // ms
)

func pointViews(points []session.Point, start time.Time, total float64) []pointView {
	var list []pointView
	last := start
	for _, p := range points {
		v := pointView{Point: p, Title: title(p), Kind: kind(p)}
		if !p.Time.IsZero() {
			v.At = "+" + milliseconds(max(inMilliseconds(p.Time.Sub(start)), 0))
			if gap := inMilliseconds(p.Time.Sub(last)); gap >= gapLeast && gap >= gapShare*total {
				v.Gap = milliseconds(gap)
			}
			last = p.Time
		}
		v.Detail = len(p.Properties)+len(p.Access) > 0 || p.Message != nil
		list = append(list, v)
	}
	return list
}

func title(p session.Point) string {
	switch p.ID {
	case session.StateChange:
		return property(p, "From") + " → " + property(p, "To")
	case session.Condition:
		return property(p, "Tree") + ": " + property(p, "Expression") + " is " + property(p, "ExpressionResult")
	case session.Error:
		return property(p, "error") + " in " + property(p, "state")
	case session.Execution:
		if isAnalytics(p) {
			return "Analytics Data Recorded"
		}
		return property(p, "type")
	}
	return listed(p.Properties)
}

// isAnalytics tells whether this is the step that the original's UI calls Analytics Data Recorded.
func isAnalytics(p session.Point) bool {
	return p.ID == session.Execution && property(p, "type") == "AnalyticsPublisher"
}

func kind(p session.Point) string {
	switch {
	case p.ID == session.StateChange:
		return "state"
	case p.ID == session.Error:
		return "error"
	case isAnalytics(p):
		return "analytics"
	case p.ID == session.Paused || p.ID == session.Resumed:
		return "minor"
	}
	return "flow"
}

func property(p session.Point, name string) string {
	for _, have := range p.Properties {
		if have.Name == name {
			return have.Value
		}
	}
	return ""
}

// listed writes properties in one line.
func listed(properties []session.Property) string {
	var list []string
	for _, have := range properties {
		list = append(list, have.Name+" = "+have.Value)
	}
	return strings.Join(list, ", ")
}

// variables are what the points published on the way, each with its last value, by name.
func variables(points []session.Point) []session.Property {
	last := map[string]string{}
	for _, p := range points {
		if p.ID == session.FlowInfo {
			for _, have := range p.Properties {
				last[have.Name] = have.Value
			}
		}
	}
	list := make([]session.Property, 0, len(last))
	for name, value := range last {
		list = append(list, session.Property{Name: name, Value: value})
	}
	slices.SortFunc(list, func(a, b session.Property) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// analytics are the variables that the Analytics step read, nil if the trace ends before it.
func analytics(points []session.Point) []session.Access {
	for _, p := range points {
		if isAnalytics(p) {
			return p.Access
		}
	}
	return nil
}
