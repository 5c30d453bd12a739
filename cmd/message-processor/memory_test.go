package main

import (
	"slices"
	"testing"
)

func TestMemoryIsGivenBackOnceABurstIsOver(t *testing.T) {
	for _, c := range []struct {
		name  string
		loads []int
		want  []int // indexes at which memory is given back
	}{
		{"nothing to do", []int{0, 0, 0}, nil},
		{"few clients come and go", []int{400, 0, 400, 0}, nil},
		{"a burst ends at once", []int{40, 40_000, 40_000, 40, 40, 40, 40, 40, 40}, []int{3, 4, 5, 6}},
		{"a burst whose clients stay connected", []int{40_000, 20_000, 20_000}, []int{1, 2}},
		{"a burst that ebbs away", []int{4000, 3500, 3000, 1000, 0, 0, 0, 0, 0}, []int{2, 3, 4, 5, 6, 7}},
		{"every burst anew", []int{2000, 10, 10, 10, 10, 10, 2000, 10}, []int{1, 2, 3, 4, 7}},
		{"a high level with waves", []int{10_000, 9000, 10_000, 8000}, nil},
	} {
		var tide tide
		var got []int
		for i, load := range c.loads {
			if tide.ebb(load) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: at %v, want %v", c.name, got, c.want)
		}
	}
}
