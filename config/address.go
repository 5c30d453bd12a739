package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// addressRule is for listeners.
var addressRule = rule{"HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:9001, [::1]:9001 or :9001", func(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "is " + quote(s)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return "has the port " + quote(port)
	}
	if host == "" || isIP(host) {
		return ""
	}
	return hostFlaw(host)
}}

// hostRule is for names and addresses without a port.
var hostRule = rule{"a host name in ASCII (internationalised names in their xn-- form) or an IP address", hostFlaw}

func hostFlaw(host string) string {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	switch {
	case isIP(host):
		if strings.Contains(host, "%") {
			return "has an IPv6 zone"
		}
		return ""
	case host == "":
		return "has no host"
	case len(host) > 253:
		return "has a host name longer than 253 characters"
	case strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }):
		return "has the host " + quote(host) + ", which is not ASCII"
	case looksNumeric(labels[len(labels)-1]):
		return "has the host " + quote(host) + ", which looks like an IPv4 address but is none"
	}
	for _, label := range labels {
		if !isLabel(label) {
			return "has the host " + quote(host) + ", which is no host name"
		}
	}
	return ""
}

// isLabel allows underscores, which private names often have although RFC 1123 does not.
func isLabel(label string) bool {
	odd := strings.ContainsFunc(label, func(r rune) bool { return !isNameByte(r) })
	return label != "" && len(label) <= 63 && !odd && label[0] != '-' && label[len(label)-1] != '-'
}

// looksNumeric is the rule by which browsers tell addresses from names: 127.1 and 0x7f.1 are no names.
func looksNumeric(label string) bool {
	_, err := strconv.ParseUint(strings.TrimPrefix(label, "0x"), 16, 64)
	digits := label != "" && strings.Trim(label, "0123456789") == ""
	return digits || strings.HasPrefix(label, "0x") && (err == nil || label == "0x")
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
