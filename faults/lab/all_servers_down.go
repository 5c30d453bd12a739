//go:build unix

package lab

import "errors"

// allServersDown is a target of several servers none of which listens. Each needs its failures counted before the gateway
// takes it out of rotation and has no active one left. Only the first server has the place's port.
type allServersDown struct {
	Servers int `knob:"servers"` // at least 1, at most 100
}

func (b allServersDown) open(p place) (endpoint, error) {
	e := endpoint{close: func() error { return nil }}
	for range min(max(b.Servers, 1), 100) {
		s, err := connectRefused{}.open(p)
		if err != nil {
			return endpoint{}, errors.Join(err, e.close())
		}
		before := e.close
		e.close = func() error { return errors.Join(before(), s.close()) }
		e.servers = append(e.servers, s.address)
		p.port = 0
	}
	e.address = e.servers[0]
	return e, nil
}
