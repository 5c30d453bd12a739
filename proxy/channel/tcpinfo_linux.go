package channel

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// tcpInfo asks the kernel about a connection; nil if it will not say, for
// instance because the connection is closed.
func tcpInfo(raw syscall.RawConn) *TCPInfo {
	var info *TCPInfo
	raw.Control(func(fd uintptr) {
		kernel, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			return
		}
		info = &TCPInfo{
			Unacked:          kernel.Unacked,
			Retransmits:      uint32(kernel.Retransmits),
			TotalRetransmits: kernel.Total_retrans,
			BytesAcked:       kernel.Bytes_acked,
			BytesSent:        kernel.Bytes_sent,
			SegsIn:           kernel.Segs_in,
		}
	})
	return info
}
