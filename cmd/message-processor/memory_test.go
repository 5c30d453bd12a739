package main

import (
	"slices"
	"testing"
)

func TestMemoryIsGivenBackOnceABurstHasComeInAndOnceItIsOver(t *testing.T) {
	many := func(load, counts int) []int { return slices.Repeat([]int{load}, counts) }
	for _, c := range []struct {
		name  string
		loads []int
		want  []int // counts at which memory is given back
	}{
		{"nothing to do", many(0, 30), nil},
		{"few clients come and go", []int{400, 0, 400, 0, 0, 0}, nil},
		{"a burst comes in and stays", many(20_000, 30), []int{2, 7}},
		{"a burst comes in bit by bit", append([]int{2000, 10_000, 18_000, 20_000}, many(20_000, 20)...), []int{4, 9}},
		{"a burst ends at once", append(many(40_000, 5), many(40, 20)...), []int{2, 7, 12, 17, 22}},
		{"a burst that ebbs away", append(many(4000, 20), 3500, 2900, 2000, 1000, 0, 0, 0, 0), []int{2, 7, 26}},
		{"a high level with waves", append(many(10_000, 20), 9000, 10_000, 8000, 10_000, 8000, 8000, 8000), []int{2, 7}},
	} {
		var tide tide
		var got []int
		for i, load := range c.loads {
			if tide.turned(load) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: at %v, want %v", c.name, got, c.want)
		}
	}
}
