package verdict

import (
	"fmt"
	"net"
	"strings"
	"time"
)

// peer is the backend as sentences name it.
func (e *Evidence) peer() string {
	switch {
	case e.Target == "" && e.Address == "":
		return "the backend"
	case e.Target == "" || e.Target == e.Address:
		return e.Address
	case e.Address == "":
		return e.Target
	}
	return e.Target + " (" + e.Address + ")"
}

// address is the address tried, else the target as configured.
func (e *Evidence) address() string {
	if e.Address != "" {
		return e.Address
	}
	if e.Target != "" {
		return e.Target
	}
	return "the backend"
}

func (e *Evidence) host() string { return ipOf(e.Target) }

// ipOf is a host:port without its port.
func ipOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// Lasting is a duration as people say it.
func Lasting(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "less than 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
}

func count(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// because adds a detail, cut and without control characters: it may come from the network.
func because(detail string) string {
	if detail == "" {
		return ""
	}
	return ": " + clean(detail)
}

func orUnknown(name string) string {
	if name == "" {
		return "unknown"
	}
	return clean(name)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// names lists the first of many.
func names(list []string) string {
	told := make([]string, 0, mostNames)
	for _, name := range list[:min(len(list), mostNames)] {
		told = append(told, clean(name))
	}
	if more := len(list) - len(told); more > 0 {
		return strings.Join(told, ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(told, ", ")
}

const maxDetail = 200 // bytes

func clean(s string) string { return Brief(s, maxDetail) }
