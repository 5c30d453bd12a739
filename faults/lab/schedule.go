package lab

import (
	"fmt"
	"regexp"
	"time"
)

// Step is one line of a schedule: a behaviour that is in force for a while.
type Step struct {
	At   time.Duration // since the lab's start
	Does string
	For  time.Duration // 0: for good
}

// stepForm is how a step is written.
var stepForm = regexp.MustCompile(`^at (\S+): (\S+?)(?: for (\S+))?$`)

// ParseSchedule reads lines like "at 10s: tls-silent for 30s", or "at 1m: healthy" for good. Times are counted from the
// lab's start. Steps may overlap: the one that began last is in force, of two that begin at once the later line, and when
// it ends an earlier one that still lasts is in force again.
func ParseSchedule(lines []string) ([]Step, error) {
	var steps []Step
	for _, line := range lines {
		s, err := parseStep(line)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func parseStep(line string) (Step, error) {
	parts := stepForm.FindStringSubmatch(line)
	if parts == nil {
		return Step{}, fmt.Errorf("%q is no step of a schedule; allowed: one like \"at 10s: tls-silent for 30s\"", line)
	}
	s := Step{Does: parts[2]}
	var err error
	if s.At, err = time.ParseDuration(parts[1]); err != nil || s.At < 0 {
		return Step{}, fmt.Errorf("%q begins at %q, which is not a duration like 10s", line, parts[1])
	}
	if parts[3] == "" {
		return s, nil
	}
	if s.For, err = time.ParseDuration(parts[3]); err != nil || s.For <= 0 {
		return Step{}, fmt.Errorf("%q lasts for %q, which is not a duration like 30s", line, parts[3])
	}
	return s, nil
}

// String is the step as ParseSchedule reads it.
func (s Step) String() string {
	if s.For == 0 {
		return fmt.Sprintf("at %v: %s", s.At, s.Does)
	}
	return fmt.Sprintf("at %v: %s for %v", s.At, s.Does, s.For)
}

// lasts tells whether the step is in force at t, were it alone.
func (s Step) lasts(t time.Duration) bool {
	return s.Does != "" && t >= s.At && (s.For == 0 || t-s.At < s.For)
}
