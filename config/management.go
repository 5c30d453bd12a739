package config

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Management is the second listener: trace page, management API, metrics, health.
type Management struct {
	// Listen is a host:port; port 0 takes a free one.
	Listen string
	PProf  bool
	// Username and Password are both empty or both set; Password is the content of password_file.
	Username, Password string
	// Hosts are the names, in lower case, that the listener answers for besides localhost and IP literals.
	Hosts []string
}

const longestPassword = 4096

func (m *Management) decode(v value) {
	v.mapping([]field{
		{"listen", text(&m.Listen, addressRule)},
		{"pprof", boolean(&m.PProf)},
		{"username", text(&m.Username, usernameRule)},
		{"password_file", m.readPassword},
		{"hosts", m.readHosts},
	})
	user, hasUser := v.at("username")
	password, hasPassword := v.at("password_file")
	switch {
	case hasUser && !hasPassword:
		password.refuse("username and password_file together", "is missing")
	case hasPassword && !hasUser:
		user.refuse("username and password_file together", "is missing")
	}
}

// usernameRule follows HTTP Basic, where a colon ends the name (RFC 7617 section 2).
var usernameRule = rule{"a name without colon and control characters", func(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == ':' || r == 0x7f }) {
		return "is " + quote(s)
	}
	return ""
}}

func (m *Management) readPassword(v value) {
	const allowed = "a file that holds one line, the password"
	content, ok := v.file(allowed, longestPassword)
	if !ok {
		return
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	switch {
	case password == "":
		v.refuse(allowed, "names an empty file")
	case strings.ContainsAny(password, "\r\n\x00"):
		v.refuse(allowed, "names a file with several lines")
	}
	m.Password = password
}

func (m *Management) readHosts(v value) {
	for _, item := range v.items() {
		var host string
		text(&host, hostRule)(item)
		if host != "" {
			m.Hosts = append(m.Hosts, strings.ToLower(host))
		}
	}
}

// checkListeners compares the two addresses, and says when management is open to others.
func (d *draft) checkListeners() {
	// Both keep addressRule: what does not was never stored.
	host, port, _ := net.SplitHostPort(d.Management.Listen)
	clientHost, clientPort, _ := net.SplitHostPort(d.Listen)
	if port != "0" && port == clientPort && overlap(host, clientHost) {
		d.managementOrListen().refuse("another port", "management and client traffic would share %s", quote(d.Listen))
	}
	if !isLoopback(host) && d.Management.Password == "" && d.managementAt.loading != nil {
		d.managementAt.warn("%s can be reached from elsewhere and asks for no password; "+
			"set username and password_file, or listen on 127.0.0.1", quote(d.Management.Listen))
	}
	if name := strings.ToLower(host); hostRule.flaw(name) == "" && !isIP(name) && !slices.Contains(d.Management.Hosts, name) {
		d.Management.Hosts = append(d.Management.Hosts, name)
	}
}

// managementOrListen is where at least one of the two addresses was given; both defaults together do not clash.
func (d *draft) managementOrListen() place {
	if d.managementAt.loading != nil {
		return d.managementAt
	}
	return d.listenAt
}

func overlap(a, b string) bool {
	everywhere := func(host string) bool {
		ip, err := netip.ParseAddr(host)
		return host == "" || err == nil && ip.IsUnspecified()
	}
	return strings.EqualFold(a, b) || everywhere(a) || everywhere(b)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}
