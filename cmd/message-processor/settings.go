package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"message-processor/config"
)

// settings is where a configuration comes from; a reload reads it again.
type settings struct {
	path      string
	overrides config.Overrides
}

// embedded tells whether nothing was configured, so that the lab is served.
func (s settings) embedded() bool { return s.path == "" && s.overrides.Target == nil }

// load reads everything. Problems are config.Problems.
func (s settings) load() (*config.Gateway, error) {
	return config.Load(s.path, s.overrides)
}

// problemsOf is the list behind an error of load.
func problemsOf(err error) config.Problems {
	var problems config.Problems
	if errors.As(err, &problems) || err == nil {
		return problems
	}
	return config.Problems{{Message: err.Error()}}
}

// refuse reports what is wrong with a configuration, all of it, and tells how
// the command ends.
func refuse(w io.Writer, err error) error {
	problems := problemsOf(err)
	for _, p := range problems {
		fmt.Fprintln(w, p)
	}
	return reported(problems)
}

// reported is how a command ends that has told these problems: as wrong usage
// if all of them are in flags.
func reported(problems config.Problems) error {
	for _, p := range problems {
		if !strings.HasPrefix(p.File, "--") {
			return errReported
		}
	}
	return usageError{fmt.Errorf("%s in the command line", count(len(problems), "problem"))}
}

// count renders a number of things.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
