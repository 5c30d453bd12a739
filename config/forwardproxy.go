package config

import (
	"encoding/base64"
	"strings"
)

// ForwardProxy is the proxy between gateway and targets. The zero Host stands for none.
type ForwardProxy struct {
	Host string // without brackets
	Port int    // as written, else 80
	// Authorization is the value of the Proxy-Authorization field that user name and password of the URL make; "": none.
	// It is a secret.
	Authorization string
	// Tunnel asks for a tunnel to plain targets, too. Targets with TLS always get one.
	Tunnel bool
}

func (f *ForwardProxy) decode(v value) {
	v.mapping([]field{
		{"url", f.decodeURL},
		{"tunnel", boolean(&f.Tunnel)},
	})
}

func (f *ForwardProxy) decodeURL(v value) {
	var s string
	if v.isEmptyText() {
		return
	}
	if text(&s, forwardProxyRule)(v); s == "" {
		return
	}
	u, _ := parseURLWithUser(s)
	f.Host, f.Port = u.Hostname(), portOf(u)
	if u.User != nil {
		password, _ := u.User.Password()
		f.Authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	}
}

// forwardProxyRule has flaws that never repeat the URL: it may hold a password.
var forwardProxyRule = rule{`an http URL of host and port, such as http://proxy.example.com:3128, or "" for none`, func(s string) string {
	u, flaw := parseURLWithUser(s)
	switch {
	case flaw != "":
		return flaw
	case u.Scheme != "http":
		return "has the scheme https, but forward proxies are spoken to in plain HTTP"
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery:
		return "has a path or query"
	case u.User != nil && strings.Contains(u.User.Username(), ":"): // RFC 7617 section 2
		return "has a user name with a colon in it"
	}
	return ""
}}
