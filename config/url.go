package config

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

const urlAllowed = "an absolute http or https URL with a host, such as https://orders.example.com:8443/api"

var targetRule = rule{urlAllowed, func(s string) string {
	u, flaw := parseURL(s)
	if flaw == "" {
		flaw = segmentFlaw(u.EscapedPath())
	}
	return flaw
}}

// parseURL accepts what can be dialled as it stands.
func parseURL(s string) (*url.URL, string) {
	u, flaw := parseURLWithUser(s)
	if flaw == "" && u.User != nil {
		return nil, "holds a user name or password"
	}
	return u, flaw
}

// parseURLWithUser has flaws that never repeat the URL: it may hold a password.
func parseURLWithUser(s string) (*url.URL, string) {
	if flaw := characterFlaw(s); flaw != "" {
		return nil, flaw
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, "is no URL: " + urlReason(err)
	}
	u.Host = strings.ToLower(u.Host)
	switch {
	case u.Scheme == "":
		return nil, "has no scheme"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "has the scheme " + quote(u.Scheme)
	case strings.Contains(s, "#"):
		return nil, "has a fragment"
	case strings.HasSuffix(u.Host, ":"):
		return nil, "has a colon without a port"
	}
	if flaw := hostFlaw(u.Hostname()); flaw != "" {
		return nil, flaw
	}
	return u, portFlaw(u.Port())
}

func characterFlaw(s string) string {
	_, host, _ := strings.Cut(s, "://")
	host, _, _ = strings.Cut(host, "/")
	beyondASCII := func(r rune) bool { return r >= 0x80 }
	switch {
	case s == "":
		return "is empty"
	case strings.ContainsAny(s, " \t"):
		return "has a blank in it"
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }):
		return "has a control character or backslash in it"
	case strings.ContainsFunc(host, beyondASCII):
		return "has a host that is not ASCII (internationalised names are written in their xn-- form)"
	case strings.ContainsFunc(s, beyondASCII):
		return "has a character that is not ASCII (in a path it is written as %XX)"
	}
	return ""
}

// urlReason is the library's reason in words that do not repeat the URL.
func urlReason(err error) string {
	why := ""
	if inner := errors.Unwrap(err); inner != nil {
		why = inner.Error()
	}
	switch {
	case strings.HasPrefix(why, "invalid URL escape"), strings.HasPrefix(why, "missing "):
		return why
	case strings.HasPrefix(why, "invalid port"):
		return "its port is no number (IPv6 addresses stand in brackets)"
	case strings.HasPrefix(why, "invalid character"):
		return "its host has a character that no host has"
	case strings.Contains(why, "userinfo"):
		return "its user name has a character that none has"
	}
	return "it cannot be parsed"
}

func portFlaw(port string) string {
	if port == "" {
		return ""
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "has the port " + quote(port) + ", which is not from 1 to 65535"
	}
	return ""
}

// portOf is the port that a valid URL stands for.
func portOf(u *url.URL) int {
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
