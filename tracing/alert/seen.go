package alert

import (
	"slices"
	"strings"
	"time"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/tracing"
)

// seen is a finished transaction as conditions look at it. What only some of them ask for is found when they do.
type seen struct {
	record       *tracing.Record
	code, source string // of the fault
}

func seenIn(r *tracing.Record) seen {
	s := seen{record: r}
	s.code, s.source = r.Fault()
	return s
}

// latency is what a condition about this metric measures; below zero: the target was not involved.
func (s *seen) latency(metric string) time.Duration {
	if metric != config.MetricTargetLatency {
		return s.record.End.Sub(s.record.Start)
	}
	if spent, ok := s.record.TargetTime(); ok {
		return spent.Duration()
	}
	return -1
}

func (s *seen) transaction() Transaction {
	r := s.record
	return Transaction{MessageID: r.MessageID, Time: r.End, StatusCode: r.Status, Proxy: r.API.Name, FaultCode: s.code,
		Kept: r.Failure != nil}
}

// selector is a condition's dimensions, compiled: "" stands for all.
type selector struct {
	proxy, target   string
	lowest, highest int      // of the status
	codes           []string // of the fault; nil: any, or none at all
	source          string
	errors          bool // only answers from 400 on: what a rate is about that names neither status nor fault
}

func newSelector(c *config.AlertCondition) selector {
	d := &c.Dimensions
	s := selector{proxy: named(d.Proxy), target: named(d.Target), codes: codesOf(d), source: named(d.FaultSource),
		highest: 999}
	if status := named(d.StatusCode); status != "" {
		s.lowest = number(strings.ReplaceAll(status, "x", "0"))
		s.highest = number(strings.ReplaceAll(status, "x", "9"))
	}
	s.errors = c.IsRate() && s.lowest == 0 && s.codes == nil && s.source == ""
	return s
}

// codesOf are the fault codes that the dimensions select, nil if they say nothing of them.
func codesOf(d *config.AlertDimensions) []string {
	code, category, sub, name := named(d.FaultCode), named(d.FaultCodeCategory), named(d.FaultCodeSubCategory), named(d.FaultCodeName)
	if code+category+sub+name == "" {
		return nil
	}
	codes := []string{}
	for _, f := range faults.All() {
		filed := faults.CategoryOf(f.TraceCode)
		if f.TraceCode != "" && !slices.Contains(codes, f.TraceCode) && (code == "" || code == f.TraceCode) &&
			(category == "" || category == filed.Category) && (sub == "" || sub == filed.Sub) &&
			(name == "" || name == filed.Name || name == f.TraceCode) {
			codes = append(codes, f.TraceCode)
		}
	}
	return codes
}

func named(dimension string) string {
	if dimension == config.Any {
		return ""
	}
	return dimension
}

// number reads three digits; config has let nothing else through.
func number(digits string) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

// covers tells whether a transaction is one of those the condition is about.
func (s *selector) covers(t *seen) bool {
	return (s.proxy == "" || s.proxy == t.record.API.Name) && (s.target == "" || s.isTarget(t))
}

// isTarget compares with host:port, the host alone, or the server of a load balancer.
func (s *selector) isTarget(t *seen) bool {
	target := t.record.API.Target
	if s.target == target || s.target == t.record.Server {
		return true
	}
	n := len(s.target)
	return len(target) > n && target[n] == ':' && target[:n] == s.target
}

// picks tells whether the transaction, which is covered, ended in the way the condition is after.
func (s *selector) picks(t *seen) bool {
	status := t.record.Status
	return status >= s.lowest && status <= s.highest && (!s.errors || status >= 400) &&
		(s.codes == nil || slices.Contains(s.codes, t.code)) && (s.source == "" || s.source == t.source)
}
