package channel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// sendNow is send(2) that never waits, a raw system call for the reasons of
// receiveNow.
func sendNow(fd uintptr, p []byte) (int, error) {
	const flags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
