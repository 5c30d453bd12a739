package lab

import (
	"fmt"
	"time"
)

// State is what a backend does at a moment.
type State struct {
	Name       string
	Address    string
	Does       string             // the behaviour that connections get now, but for the Share of them
	Share      map[string]float64 // as in Entry; nil while a step of the schedule or a switch is in force
	Left       time.Duration      // how long what is in force lasts, 0 for good
	Open       int                // connections
	Accepted   map[string]int     // connections so far, by the behaviour they got
	Switchable bool
	Note       string // why it is not Switchable
}

// Switch gives the backend of that name another behaviour: for d, or for good if d is 0. A step of its schedule that
// begins meanwhile replaces it, as does another Switch. An empty does takes the last Switch back. Connections that are
// open keep the behaviour they got, but those with another one than the new are closed when they rest between requests.
// The error says what is not possible: an unknown name, an unknown behaviour, or one that cannot share a listener.
func (l *Lab) Switch(name, does string, d time.Duration) error {
	s, err := l.switchable(name)
	if err != nil {
		return err
	}
	if d < 0 {
		return fmt.Errorf("lab: %v is no time to switch for", d)
	}
	if does == "" {
		s.switchTo(Step{}, nil)
		return nil
	}
	if flaws := mixedFlaws("does", does); len(flaws) > 0 {
		return fmt.Errorf("lab: %s: %s %s", name, flaws[0].Key, flaws[0].Message)
	}
	h, err := l.handler(name, does)
	if err != nil {
		return fmt.Errorf("lab: %s: %w", does, err)
	}
	s.switchTo(Step{Does: does, For: d}, h)
	return nil
}

// switchable is the server of a backend whose behaviour can change.
func (l *Lab) switchable(name string) (*server, error) {
	b, ok := l.backend(name)
	if !ok {
		return nil, fmt.Errorf("lab: no backend is named %q", name)
	}
	if why := b.fixed(); why != "" {
		return nil, fmt.Errorf("lab: %s cannot be switched: %s", name, why)
	}
	return l.servers[name], nil
}

func (l *Lab) backend(name string) (Backend, bool) {
	for _, b := range l.backends {
		if b.Name == name {
			return b, true
		}
	}
	return Backend{}, false
}

// fixed is why the backend has one behaviour for good, "" when it has not.
func (b Backend) fixed() string {
	if !b.Available {
		return "it is not available here: " + b.Note
	}
	return named(table, b.Entry.Does).alone
}

// State tells what each backend does now, in the order of Backends.
func (l *Lab) State() []State {
	var list []State
	for _, b := range l.backends {
		list = append(list, l.stateOf(b))
	}
	return list
}

func (l *Lab) stateOf(b Backend) State {
	st := State{Does: b.Entry.Does}
	if s := l.servers[b.Name]; s != nil {
		st = s.state()
	}
	st.Name, st.Address, st.Note = b.Name, b.Address, b.fixed()
	st.Switchable = st.Note == ""
	return st
}
