//go:build unix && !linux

package channel

import "golang.org/x/sys/unix"

// receiveNow is recv(2) that never waits.
func receiveNow(fd uintptr, p []byte, peek bool) (int, error) {
	flags := unix.MSG_DONTWAIT
	if peek {
		flags |= unix.MSG_PEEK
	}
	n, _, err := unix.Recvfrom(int(fd), p, flags)
	return n, err
}
