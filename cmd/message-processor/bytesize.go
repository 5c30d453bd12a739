package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// byteSize is a flag's number of bytes with a unit.
type byteSize int64

// units, the larger ones first. The decimal ones are what people mean by MB when they compare with ls and df -H.
var units = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3}, {"B", 1},
}

// Set reads a number with a unit; without one it is bytes.
func (b *byteSize) Set(text string) error {
	number, factor := strings.TrimSpace(text), int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	size := n * float64(factor)
	if err != nil || math.IsNaN(size) || size < 1024 || size > 1<<60 {
		return errors.New("allowed: a size of at least 1KiB, such as 100MB or 1GiB")
	}
	*b = byteSize(size)
	return nil
}

// String is the size in the largest unit that leaves a whole number.
func (b *byteSize) String() string {
	if *b == 0 {
		return ""
	}
	for _, u := range units {
		if int64(*b)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(*b)/u.bytes, u.name)
		}
	}
	return ""
}

// Type is the word for the value in help texts.
func (b *byteSize) Type() string { return "size" }
