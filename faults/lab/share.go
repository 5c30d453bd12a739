package lab

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ParseShare reads a share of connections such as "5%" or "0.5%" and returns it as a fraction.
func ParseShare(text string) (float64, error) {
	number, found := strings.CutSuffix(text, "%")
	percent, err := strconv.ParseFloat(number, 64)
	if !found || err != nil || !(percent > 0 && percent <= 100) {
		return 0, fmt.Errorf("%q is not a share such as 5%%, above 0%% and up to 100%%", text)
	}
	return percent / 100, nil
}

// formatShare is the inverse of ParseShare, but for digits that nobody writes.
func formatShare(fraction float64) string {
	return strconv.FormatFloat(math.Round(fraction*1e8)/1e6, 'f', -1, 64) + "%"
}

// share is the part of a backend's connections that gets a behaviour.
type share struct {
	does     string
	fraction float64
}

// shares are in the order of their names, so that the same numbers draw the same behaviours in every run.
type shares []share

func sortShares(fractions map[string]float64) shares {
	var list shares
	for _, does := range slices.Sorted(maps.Keys(fractions)) {
		list = append(list, share{does, fractions[does]})
	}
	return list
}

// pick is the behaviour that a number from 0 to 1 falls on, or rest.
func (s shares) pick(number float64, rest string) string {
	for _, part := range s {
		if number < part.fraction {
			return part.does
		}
		number -= part.fraction
	}
	return rest
}

func (s shares) fractions() map[string]float64 {
	if len(s) == 0 {
		return nil
	}
	m := map[string]float64{}
	for _, part := range s {
		m[part.does] = part.fraction
	}
	return m
}

// String tells people, for instance "5% tls-silent, 1% tls-reset".
func (s shares) String() string {
	var parts []string
	for _, part := range s {
		parts = append(parts, formatShare(part.fraction)+" "+part.does)
	}
	return strings.Join(parts, ", ")
}
