package wire

import (
	"bytes"
	"net/netip"
)

// host judges the Host field (RFC 9112 3.2): exactly one in HTTP/1.1, at most one in 1.0, a valid one in both. It must be
// there and valid even if the absolute form overrules it.
func (r *Request) host() error {
	value := r.Get(Host)
	switch {
	case r.repeated.has(Host):
		return malformed("more than one Host")
	case value == nil && r.Minor == 1:
		return malformed("no Host")
	case len(value) == 0 && r.Minor == 1:
		return malformed("empty Host")
	case len(value) > 0 && !validAuthority(value):
		return malformed("invalid Host")
	}
	if r.Host == nil {
		r.Host = value
	}
	return nil
}

// validAuthority accepts uri-host [":" port] with a host that is not empty and no user information (RFC 9110 4.2).
func validAuthority(b []byte) bool {
	if len(b) > 0 && b[0] == '[' {
		end := bytes.IndexByte(b, ']')
		return end > 0 && validIPv6(b[1:end]) && validPort(b[end+1:])
	}
	end := bytes.IndexByte(b, ':')
	if end < 0 {
		end = len(b)
	}
	return validName(b[:end]) && validPort(b[end:])
}

// validName accepts the reg-name of RFC 3986 3.2.2, of which an IPv4 address is one; not an empty one.
func validName(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if octet[b[i]]&hostOctet != 0 {
			continue
		}
		if b[i] != '%' || i+2 >= len(b) || hexDigit(b[i+1]) < 0 || hexDigit(b[i+2]) < 0 {
			return false
		}
		i += 2
	}
	return len(b) > 0
}

// validIPv6 refuses zones: they mean something on one machine only.
func validIPv6(b []byte) bool {
	if len(b) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") {
		return false
	}
	addr, err := netip.ParseAddr(string(b))
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// validPort accepts what follows the host: nothing, or a colon and a port, which may be empty.
func validPort(b []byte) bool {
	if len(b) <= 1 {
		return len(b) == 0 || b[0] == ':'
	}
	port, ok := decimal(b[1:])
	return ok && b[0] == ':' && port <= 65535
}
