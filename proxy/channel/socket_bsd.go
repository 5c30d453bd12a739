//go:build unix && !linux

package channel

import "golang.org/x/sys/unix"

// receives is false: with an address to make room for at each call a Receiver
// would be no gain.
const receives = false

// receiveNow is recv(2) that never waits.
func receiveNow(fd uintptr, p []byte, peek bool) (int, error) {
	flags := unix.MSG_DONTWAIT
	if peek {
		flags |= unix.MSG_PEEK
	}
	n, _, err := unix.Recvfrom(int(fd), p, flags)
	return n, err
}
