package config

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration, or worth a warning.
type Problem struct {
	// File is the configuration file as it was named to Load, or the flag ("--tls-ca") that holds the value.
	File string `json:"file"`
	// Line counts from 1; it is 0 for a flag and for a file that could not be read at all.
	Line int `json:"line"`
	// Key is the path of the key, such as "proxies[0].target.tls.verify"; empty when the file as a whole is meant.
	Key string `json:"key"`
	// Message says what is wrong and, after a semicolon, what is allowed. It never holds a line break.
	Message string `json:"message"`
}

// String is the form people and tools read: FILE:LINE: KEY.PATH: what is wrong; what is allowed.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems is everything that is wrong, flags first and then by line. It is the error of Load and Parse.
type Problems []Problem

// Error prints one problem per line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) sorted() Problems {
	slices.SortStableFunc(p, func(a, b Problem) int { return a.Line - b.Line })
	return p
}
