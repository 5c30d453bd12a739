//go:build !linux

package capture

import "golang.org/x/net/bpf"

// socket is what openSocket never returns here.
type socket struct{ quiet func() }

func openSocket([]bpf.RawInstruction, int, int) (*socket, error) { return nil, ErrUnsupported }

func (s *socket) filter([]bpf.RawInstruction) error   { return ErrUnsupported }
func (s *socket) read(*packet) error                  { return ErrUnsupported }
func (s *socket) statistics() (packets, drops uint64) { return 0, 0 }
func (s *socket) interrupt()                          {}
func (s *socket) close()                              {}
