package main

import (
	"regexp"
	"strconv"
	"strings"
)

// sample is a line of the Prometheus text format.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

type samples []sample

var (
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)`)
	labelPair  = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"`)
)

// parseSamples reads what /metrics answers. Lines that are none are left out.
func parseSamples(page string) samples {
	var all samples
	for line := range strings.Lines(page) {
		match := sampleLine.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		value, err := strconv.ParseFloat(match[3], 64)
		if err != nil {
			continue
		}
		s := sample{match[1], map[string]string{}, value}
		for _, pair := range labelPair.FindAllStringSubmatch(match[2], -1) {
			s.labels[pair[1]] = pair[2]
		}
		all = append(all, s)
	}
	return all
}

// sum adds up all series of a metric.
func (s samples) sum(name string) float64 {
	total := 0.0
	for _, one := range s {
		if one.name == name {
			total += one.value
		}
	}
	return total
}

// by adds up the series of a metric for each value of a label.
func (s samples) by(name, label string) map[string]int {
	sums := map[string]int{}
	for _, one := range s {
		if one.name == name {
			sums[one.labels[label]] += int(one.value)
		}
	}
	return sums
}
