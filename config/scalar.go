package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// text takes a text that keeps a rule. Numbers, true and false are no texts: YAML would have changed some of them
// (1.10, 0x1f, no) before anybody could notice.
func text(to *string, r rule) func(value) {
	return func(v value) {
		if s, ok := v.text(r.allowed); ok && r.accepts(v.place, s) {
			*to = s
		}
	}
}

func (v value) text(allowed string) (string, bool) {
	if v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!str" {
		return v.node.Value, true
	}
	if v.node.Kind == yaml.ScalarNode && !v.isNull() {
		v.refuse(allowed, "is %s, which is text only in quotes", v.describe())
	} else {
		v.refuse(allowed, "is %s", v.describe())
	}
	return "", false
}

// unquoted tells who put quotes around a number or a truth value to drop them.
func (v value) unquoted(allowed string) string {
	if v.node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		return allowed + " (without quotes)"
	}
	return allowed
}

func boolean(to *bool) func(value) {
	return func(v value) {
		word := strings.ToLower(v.node.Value)
		if v.node.Kind != yaml.ScalarNode || v.node.Tag != "!!bool" || word != "true" && word != "false" {
			v.refuse(v.unquoted("true, false"), "is %s", v.describe())
			return
		}
		*to = word == "true"
	}
}

func integer[T int | int64](to *T, least, most T) func(value) {
	return func(v value) {
		n, err := strconv.ParseInt(strings.ReplaceAll(v.node.Value, "_", ""), 10, 64)
		if v.node.Kind != yaml.ScalarNode || v.node.Tag != "!!int" || err != nil || n < int64(least) || n > int64(most) {
			v.refuse(v.unquoted(fmt.Sprintf("a whole number from %d to %d", least, most)), "is %s", v.describe())
			return
		}
		*to = T(n)
	}
}

// choice takes one of a few numbers.
func choice(to *int, numbers ...int) func(value) {
	allowed := strings.Trim(fmt.Sprint(numbers), "[]")
	return func(v value) {
		n, err := strconv.Atoi(v.node.Value)
		if v.node.Kind != yaml.ScalarNode || v.node.Tag != "!!int" || err != nil || !slices.Contains(numbers, n) {
			v.refuse(v.unquoted(strings.ReplaceAll(allowed, " ", ", ")), "is %s", v.describe())
			return
		}
		*to = n
	}
}

func fraction(to *float64) func(value) {
	return func(v value) {
		f, err := strconv.ParseFloat(v.node.Value, 64)
		number := v.node.Tag == "!!int" || v.node.Tag == "!!float"
		if v.node.Kind != yaml.ScalarNode || !number || err != nil || math.IsNaN(f) || f < 0 || f > 1 {
			v.refuse(v.unquoted("a number from 0 to 1"), "is %s", v.describe())
			return
		}
		*to = f
	}
}

func duration(to *time.Duration, r durationRule) func(value) {
	return func(v value) {
		if d := v.duration(r); d != nil {
			*to = *d
		}
	}
}

// duration returns nil for what it has refused. A bare 0 needs no unit.
func (v value) duration(r durationRule) *time.Duration {
	d, err := time.ParseDuration(v.node.Value)
	switch {
	case v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!int" && err != nil:
		v.refuse(r.allowed(), "is the number %s without a unit", bare(v.node.Value))
	case v.node.Kind != yaml.ScalarNode || err != nil:
		v.refuse(r.allowed(), "is %s", v.describe())
	case r.accepts(v.place, d):
		return &d
	}
	return nil
}

// durationRule says whether zero has a meaning, and which.
type durationRule struct{ zero string }

func (r durationRule) allowed() string {
	if r.zero != "" {
		return "a duration such as 250ms or 55s, or 0 for " + r.zero
	}
	return "a duration above zero, such as 250ms or 55s"
}

func (r durationRule) accepts(at place, d time.Duration) bool {
	if d < 0 || d == 0 && r.zero == "" {
		at.refuse(r.allowed(), "is %s", d)
		return false
	}
	return true
}
