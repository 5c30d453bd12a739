//go:build !linux

package channel

import "syscall"

// tcpInfo has no answer here: the fields the verdict needs are Linux's own.
func tcpInfo(syscall.RawConn) *TCPInfo { return nil }
