package session

import (
	"time"

	"message-processor/tracing"
)

// Scope is what one session can trace: one revision of one API proxy in one environment.
type Scope struct {
	Organization, Environment, API string
	Revision                       int
}

func (s *Scope) holds(api *tracing.API) bool {
	return s.Revision == api.Revision && s.API == api.Name &&
		s.Environment == api.Environment && s.Organization == api.Organization
}

// Spec is a session to be created.
type Spec struct {
	Scope
	Name    string        // chosen by the caller: 1 to 128 of A-Z a-z 0-9 . _ - ~ : @ +
	Timeout time.Duration // 0: the longest; more than the longest: the longest
	Filters []Filter      // all of them must match; at most 32
}

// Info tells about a session.
type Info struct {
	Scope
	Name         string
	Filters      []Filter // values of secrets are masked
	Started      time.Time
	Ends         time.Time // when the session and its data are discarded
	Transactions int       // recorded so far
	Limit        int       // of transactions
	Recording    bool      // false when a bound is reached: the data stays until Ends
}

// Bounds of what a caller can ask for.
const (
	maxName        = 128
	maxFilters     = 32
	maxFilterBytes = 4 << 10 // name and value of one filter
)

// check refuses what a session cannot be made of.
func (s *Spec) check() error {
	if !validName(s.Name) {
		return refusal(ErrInvalidName, s.Name)
	}
	if s.Timeout < 0 {
		return refusal(ErrInvalidTimeout, s.Timeout.String())
	}
	if len(s.Filters) > maxFilters {
		return refusal(ErrInvalidFilter, "more than 32 of them")
	}
	for _, f := range s.Filters {
		if f.Name == "" || len(f.Name)+len(f.Value) > maxFilterBytes {
			return refusal(ErrInvalidFilter, f.Name)
		}
	}
	return nil
}

// validName allows what clients were seen to choose (a UUID, a number, a word) and some more that needs no escaping in
// a path. "." and ".." would be taken for path segments.
func validName(name string) bool {
	if name == "" || len(name) > maxName || name == "." || name == ".." {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '.', c == '_', c == '-', c == '~', c == ':', c == '@', c == '+':
		default:
			return false
		}
	}
	return true
}
