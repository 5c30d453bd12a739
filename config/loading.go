package config

import "fmt"

// mostProblems bounds the list: a file of nonsense must not turn into gigabytes of messages.
const mostProblems = 1000

// loading is the state of one Load: where relative files are looked for, and what was found so far.
type loading struct {
	dir         string
	problems    Problems
	warnings    Problems
	dropped     int
	authorities map[string]authority
}

func newLoading(dir string) *loading {
	return &loading{dir: dir, authorities: map[string]authority{}}
}

// place is where a value was written: a line of the file, or a flag.
type place struct {
	loading *loading
	file    string
	line    int
	key     string
}

func (l *loading) flag(name string) place { return place{loading: l, file: name} }

// refuse reports a problem: what is wrong, then what is allowed.
func (p place) refuse(allowed, wrong string, args ...any) {
	if len(p.loading.problems) >= mostProblems {
		p.loading.dropped++
		return
	}
	message := fmt.Sprintf(wrong, args...) + "; allowed: " + allowed
	p.loading.problems = append(p.loading.problems, p.problem(message))
}

func (p place) warn(format string, args ...any) {
	p.loading.warnings = append(p.loading.warnings, p.problem(fmt.Sprintf(format, args...)))
}

func (p place) problem(message string) Problem {
	return Problem{File: p.file, Line: p.line, Key: p.key, Message: message}
}

// result ends the list with the number of problems that did not fit.
func (l *loading) result() Problems {
	found := l.problems.sorted()
	if l.dropped > 0 {
		last := found[len(found)-1]
		found = append(found, Problem{File: last.File, Line: last.Line,
			Message: fmt.Sprintf("%d more problems are not listed; allowed: none", l.dropped)})
	}
	return found
}
