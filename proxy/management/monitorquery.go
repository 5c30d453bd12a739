package management

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"message-processor/tracing/monitor"
)

const invalidParameter = "emulator.apimonitoring.InvalidParameter"

// metricsQuery is a query for metrics as it came.
type metricsQuery struct {
	monitor.Query
	region      bool // asked for as a dimension; there is one only
	selected    []selectable
	percentiles []float64 // one 0 if none plays a part
}

// dimensions are those by which requests can be told apart and chosen.
var dimensions = []monitor.Dimension{monitor.Proxy, monitor.Target, monitor.StatusCode, monitor.FaultCode, monitor.FaultSource,
	monitor.FaultCodeCategory, monitor.FaultCodeSubCategory, monitor.FaultCodeName}

// readMetricsQuery reads the parameters of the original: from, to, interval or windowsize, groupBy, select, percentile.
// A parameter named like a dimension chooses by its value.
func readMetricsQuery(values url.Values, of resource, now time.Time) (q metricsQuery, err error) {
	if q.From, q.To, err = readSpan(values, now, time.Hour); err != nil {
		return q, err
	}
	if q.Interval, err = readInterval(values); err != nil {
		return q, err
	}
	q.Where = conditions(values)
	if q.By, q.region, err = readGroups(values.Get("groupBy")); err != nil {
		return q, err
	}
	if of.by != "" && !slices.Contains(q.By, of.by) {
		q.By = append(q.By, of.by)
	}
	if q.selected, err = of.read(values.Get("select")); err != nil {
		return q, err
	}
	q.percentiles, err = readPercentiles(values.Get("percentile"), q.selected)
	return q, err
}

// conditions are the parameters that are named like a dimension.
func conditions(values url.Values) (list []monitor.Condition) {
	for _, d := range dimensions {
		if value := values.Get(string(d)); value != "" {
			list = append(list, monitor.Condition{Dimension: d, Value: value})
		}
	}
	return list
}

// readSpan reads from and to. Without from it is the time before to that is usual, without to now.
func readSpan(values url.Values, now time.Time, usual time.Duration) (from, to time.Time, err error) {
	to = now
	if text := values.Get("to"); text != "" {
		if to, err = readMoment(text, now); err != nil {
			return from, to, fmt.Errorf("to: %w", err)
		}
	}
	from = to.Add(-usual)
	if text := values.Get("from"); text != "" {
		if from, err = readMoment(text, now); err != nil {
			return from, to, fmt.Errorf("from: %w", err)
		}
	}
	if !from.Before(to) {
		return from, to, errors.New("from must be before to")
	}
	return from, to, nil
}

// readMoment reads -5m, -6min, -1h, -1d, now, or a time such as 2026-11-22T10:15:00Z.
func readMoment(text string, now time.Time) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if back, found := strings.CutPrefix(text, "-"); found {
		d, err := readDuration(back)
		return now.Add(-d), err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%q is neither a time back from now, such as -5m or -1h, nor a time such as %s", text,
			now.UTC().Format(time.RFC3339))
	}
	return t, nil
}

var units = map[string]time.Duration{"s": time.Second, "sec": time.Second, "m": time.Minute, "min": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour}

// readDuration reads a whole number with a unit, up to ten days.
func readDuration(text string) (time.Duration, error) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz")
	n, err := strconv.Atoi(digits)
	unit := units[text[len(digits):]]
	if err != nil || unit == 0 || n < 0 || n > int(10*24*time.Hour/unit) {
		return 0, fmt.Errorf("%q is not a number with a unit, such as 30s, 5m, 6min, 1h or 1d", text)
	}
	return time.Duration(n) * unit, nil
}

// readInterval reads interval, else windowsize, of which no difference is known. The usual is a minute.
func readInterval(values url.Values) (time.Duration, error) {
	for _, name := range []string{"interval", "windowsize"} {
		text := values.Get(name)
		if text == "" {
			continue
		}
		d, err := readDuration(text)
		if err == nil && (d < time.Minute || d%time.Minute != 0) {
			err = fmt.Errorf("%q is not a whole number of minutes, which is what is kept", text)
		}
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		return d, nil
	}
	return time.Minute, nil
}

// readGroups reads a list of dimensions. org, env and region are the same for everything here.
func readGroups(text string) (by []monitor.Dimension, region bool, err error) {
	for name := range strings.SplitSeq(text, ",") {
		d := monitor.Dimension(strings.TrimSpace(name))
		switch {
		case d == "region":
			region = true
		case d == "", d == "org", d == "env", slices.Contains(by, d):
		case slices.Contains(dimensions, d):
			by = append(by, d)
		default:
			return nil, false, fmt.Errorf("groupBy: %q is none of org, env, region, %s", name, joined(dimensions))
		}
	}
	return by, region, nil
}

func joined[T ~string](list []T) string {
	var text []string
	for _, item := range list {
		text = append(text, string(item))
	}
	return strings.Join(text, ", ")
}

// read reads what a query selects.
func (of resource) read(text string) (list []selectable, err error) {
	if text == "" {
		text = of.selected
	}
	for name := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(of.selectable, func(s selectable) bool { return s.name == strings.TrimSpace(name) })
		if i < 0 {
			var known []string
			for _, s := range of.selectable {
				known = append(known, s.name)
			}
			return nil, fmt.Errorf("select: %q is none of %s", name, joined(known))
		}
		if !slices.Contains(list, of.selectable[i]) {
			list = append(list, of.selectable[i])
		}
	}
	return list, nil
}

// maxPercentiles bounds the work of one query.
const maxPercentiles = 5

// readPercentiles reads a list of percentiles for selected latencies; the usual is 95.
func readPercentiles(text string, selected []selectable) ([]float64, error) {
	if !slices.ContainsFunc(selected, func(s selectable) bool { return slices.Contains(latencies, s) }) {
		return []float64{0}, nil
	}
	if text == "" {
		return []float64{95}, nil
	}
	var list []float64
	for word := range strings.SplitSeq(text, ",") {
		p, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(word), "p"), 64)
		if err != nil || !(p > 0 && p <= 100) {
			return nil, fmt.Errorf("percentile: %q is not a number above 0 and up to 100", word)
		}
		if list = append(list, p); len(list) > maxPercentiles {
			return nil, fmt.Errorf("percentile: at most %d at a time", maxPercentiles)
		}
	}
	return list, nil
}
