//go:build unix

package lab

// connectRefused binds its port without listening: the kernel answers each SYN with RST, and nobody else gets the port.
type connectRefused struct{}

func (b connectRefused) open(p place) (endpoint, error) {
	s, err := p.bind()
	return endpoint{address: p.hostPort(s.port), close: s.close}, err
}
