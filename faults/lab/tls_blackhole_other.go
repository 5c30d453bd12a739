//go:build !linux

package lab

func (b tlsBlackhole) open(place) (endpoint, error) {
	return endpoint{}, unavailable("needs Linux: the firewall is a socket filter of its kernel")
}
