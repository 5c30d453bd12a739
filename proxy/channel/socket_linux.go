package channel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// receives tells that receiveNow works.
const receives = true

// receiveNow is recv(2) that never waits. The portable unix.Recvfrom allocates
// room for an address each time; this one is called before every reuse. It is a
// raw system call because it returns at once: the scheduler need not know.
func receiveNow(fd uintptr, p []byte, peek bool) (int, error) {
	flags := unix.MSG_DONTWAIT
	if peek {
		flags |= unix.MSG_PEEK
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), uintptr(flags), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
