//go:build !linux

package lab

func (b connectTimeout) open(place) (endpoint, error) {
	return endpoint{}, unavailable("needs Linux: other kernels do not drop SYNs when the queue of connections is full")
}
