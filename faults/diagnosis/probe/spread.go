package probe

import (
	"slices"

	"message-processor/proxy/channel"
)

// order is the order of the steps.
var order = [...]channel.Phase{channel.Lookup, channel.Connect, channel.Handshake, channel.Send, channel.Wait, channel.Receive}

// spreads are the steps that happened, over all attempts.
func spreads(attempts []Attempt) []Spread {
	var list []Spread
	for _, phase := range order {
		if s := spread(string(phase), attempts); s.OK+s.Failed > 0 {
			list = append(list, s)
		}
	}
	return list
}

func spread(name string, attempts []Attempt) Spread {
	s := Spread{Name: name}
	var took []float64
	for _, a := range attempts {
		for _, step := range a.Steps {
			switch {
			case step.Name != name:
			case step.OK:
				took = append(took, step.DurationMS)
			default:
				s.Failed++
			}
		}
	}
	if s.OK = len(took); s.OK > 0 {
		slices.Sort(took)
		s.MinMS, s.MedianMS, s.MaxMS = took[0], median(took), took[len(took)-1]
	}
	return s
}

func median(sorted []float64) float64 {
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
