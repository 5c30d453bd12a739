package alert

import (
	"slices"
	"strconv"
	"time"

	"message-processor/config"
)

// pointsKept is how many past values a condition remembers, for the picture.
const pointsKept = 180

// Point is a condition's value at an evaluation.
type Point struct {
	Time  time.Time
	Value float64
	Known bool // false: there was nothing to make a value of, as with the latency of no transactions
}

// condition is one of an alert's, with what it has seen.
type condition struct {
	config.AlertCondition
	selector selector
	window   *window
	points   []Point // the last is the newest
}

// newCondition takes over what an earlier one has seen if both look at the same, and takes that one out of the earlier
// ones: two of the same alert must not count in one window.
func newCondition(c config.AlertCondition, before *[]*condition, now time.Time) *condition {
	fresh := &condition{AlertCondition: c, selector: newSelector(&c)}
	same := slices.IndexFunc(*before, func(old *condition) bool { return old.looksAt() == fresh.looksAt() })
	if same < 0 {
		fresh.window = newWindow(&c, now)
		return fresh
	}
	fresh.window, fresh.points = (*before)[same].window, (*before)[same].points
	*before = slices.Delete(*before, same, same+1)
	return fresh
}

// looksAt is the condition without what it does with the value.
func (c *condition) looksAt() config.AlertCondition {
	return config.AlertCondition{Dimensions: c.Dimensions, Metric: c.Metric, Percentile: c.Percentile,
		DurationSeconds: c.DurationSeconds}
}

// observe is called for every transaction.
func (c *condition) observe(t *seen) {
	if !c.selector.covers(t) {
		return
	}
	picked := c.selector.picks(t)
	if !picked && !c.IsRate() {
		return
	}
	of := sample{picked: picked}
	if c.Percentile > 0 {
		of.latency = t.latency(c.Metric)
	}
	if picked && (c.Percentile == 0 || c.compare(float64(of.latency)/float64(time.Millisecond))) {
		evidence := t.transaction()
		of.evidence = &evidence
	}
	c.window.add(t.record.End, of)
}

// value is the metric now; false if there is nothing to make one of.
func (c *condition) value(now time.Time) (float64, bool) {
	switch c.Metric {
	case config.MetricTotalLatency, config.MetricTargetLatency:
		return c.window.percentile(now, c.Percentile)
	case config.MetricRate, config.MetricErrorRate:
		all, picked := c.window.counts(now)
		return float64(picked) / float64(max(all, 1)), all > 0
	case config.MetricTPS:
		_, picked := c.window.counts(now)
		return float64(picked) / c.window.length.Seconds(), true
	default:
		_, picked := c.window.counts(now)
		return float64(picked), true
	}
}

// met evaluates the condition and remembers the value. A threshold that is to be fallen below is not judged before
// the window has been looking for its whole length: a gateway just started has had no traffic yet.
func (c *condition) met(now time.Time) bool {
	p := Point{Time: now}
	p.Value, p.Known = c.value(now)
	if len(c.points) == pointsKept {
		c.points = append(c.points[:0], c.points[1:]...)
	}
	c.points = append(c.points, p)
	return p.Known && c.compare(p.Value) && (c.isCeiling() || c.window.full(now))
}

func (c *condition) isCeiling() bool { return c.Comparator == ">" || c.Comparator == ">=" }

// compare tells whether a value is beyond the threshold.
func (c *condition) compare(v float64) bool { return beyond(&c.AlertCondition, v) }

func beyond(c *config.AlertCondition, v float64) bool {
	switch c.Comparator {
	case ">":
		return v > c.Threshold
	case ">=":
		return v >= c.Threshold
	case "<":
		return v < c.Threshold
	default:
		return v <= c.Threshold
	}
}

// last is the value of the last evaluation.
func (c *condition) last() Point {
	if len(c.points) == 0 {
		return Point{}
	}
	return c.points[len(c.points)-1]
}

// Violation is a condition and its value at one moment.
type Violation struct {
	config.AlertCondition
	Value float64
	Known bool
}

// String is the condition for people: count 12 > 10 within 10m0s (env test, statusCode 5xx), or, if it is not met,
// count 2, not > 10, within 10m0s (…).
func (v Violation) String() string {
	value, within := "unknown, not ", ", within "
	switch {
	case v.Known && beyond(&v.AlertCondition, v.Value):
		value, within = FormatValue(v.Value)+" ", " within "
	case v.Known:
		value = FormatValue(v.Value) + ", not "
	}
	metric := v.Metric
	if v.Percentile > 0 {
		metric = "p" + strconv.Itoa(v.Percentile) + " " + metric
	}
	text := metric + " " + value + v.Comparator + " " + FormatValue(v.Threshold) + within +
		(time.Duration(v.DurationSeconds) * time.Second).String()
	if of := dimensionText(v.Dimensions); of != "" {
		text += " (" + of + ")"
	}
	return text
}

// FormatValue writes a value or threshold with up to six digits.
func FormatValue(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

// namedDimension is one that is not a wildcard.
type namedDimension struct{ name, value string }

// dimensionsOf are the dimensions that are no wildcards, by their names in the alert JSON.
func dimensionsOf(d config.AlertDimensions) []namedDimension {
	var list []namedDimension
	for _, each := range []namedDimension{
		{"org", d.Org}, {"env", d.Env}, {"proxy", d.Proxy}, {"target", d.Target}, {"region", d.Region},
		{"statusCode", d.StatusCode}, {"faultCode", d.FaultCode}, {"faultCodeCategory", d.FaultCodeCategory},
		{"faultCodeSubCategory", d.FaultCodeSubCategory}, {"faultCodeName", d.FaultCodeName}, {"faultSource", d.FaultSource},
	} {
		if named(each.value) != "" {
			list = append(list, each)
		}
	}
	return list
}

func dimensionText(d config.AlertDimensions) string {
	text := ""
	for i, each := range dimensionsOf(d) {
		if i > 0 {
			text += ", "
		}
		text += each.name + " " + each.value
	}
	return text
}
