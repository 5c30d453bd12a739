package main

import (
	"fmt"
	"slices"
	"strings"
)

// ratio is a figure relative to another one of the same round.
type ratio struct {
	median, low, high float64
}

// ratios compares two series round by round.
func ratios(of, to []float64) ratio {
	var all []float64
	for i := range min(len(of), len(to)) {
		all = append(all, of[i]/to[i])
	}
	return ratio{median(all), slices.Min(all), slices.Max(all)}
}

// inverse is the ratio of what one gets for the cost.
func (r ratio) inverse() ratio { return ratio{1 / r.median, 1 / r.high, 1 / r.low} }

// String is the median with the lowest and the highest.
func (r ratio) String() string {
	return fmt.Sprintf("%s (%s–%s)", short(r.median), short(r.low), short(r.high))
}

// short drops the zero before the point, as the eye does.
func short(x float64) string {
	text := fmt.Sprintf("%.2f", x)
	if x >= 100 {
		text = fmt.Sprintf("%.0f", x)
	}
	return strings.TrimPrefix(text, "0")
}

// significant shows three digits, whatever the size.
func significant(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x >= 1:
		return fmt.Sprintf("%.2f", x)
	case x >= 0.1:
		return strings.TrimPrefix(fmt.Sprintf("%.3f", x), "0")
	}
	return strings.TrimPrefix(fmt.Sprintf("%.4f", x), "0")
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// percentile is the value that p of 100 do not exceed.
func percentile[T int64 | float64](of []T, p float64) T {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(len(sorted)-1, int(p/100*float64(len(sorted))))]
}
