package tracing

import (
	"strconv"
	"strings"
	"time"
)

// naming makes message ids: {hostname}-{pid}-{connection serial}-{request
// number on that connection}, as in the documented sample
// rrt329ea-12575-114653952-1. The first two parts are the same for the whole
// process and are kept joined.
type naming struct {
	process string
}

// newNaming returns the naming of one process. A host name is cut to what can
// stand in a header and in one word of system.log.
func newNaming(host string, pid int) naming {
	return naming{process: cleanHost(host) + "-" + strconv.Itoa(pid) + "-"}
}

// id renders one message id.
func (n naming) id(serial, request uint64) string {
	var buf [96]byte
	b := append(buf[:0], n.process...)
	b = strconv.AppendUint(b, serial, 10)
	b = append(b, '-')
	b = strconv.AppendUint(b, request, 10)
	return string(b)
}

// firstSerial takes the first connection serial from the time of start: a
// container restarts with the same host name and the same pid, and its ids must
// not recur all the same. Counting in steps of ten microseconds leaves room for
// 100,000 new connections a second before a later start could meet an earlier
// process's numbers.
func firstSerial(start time.Time) uint64 {
	return uint64(start.UnixMicro() / 10)
}

// cleanHost keeps letters, digits, '.', '_' and '-' of a host name.
func cleanHost(host string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return -1
	}, host)
	if len(clean) > 63 {
		clean = clean[:63]
	}
	if clean == "" {
		return "localhost"
	}
	return clean
}
