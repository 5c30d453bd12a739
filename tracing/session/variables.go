package session

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"message-processor/tracing"
)

// The variables the engine publishes on the way, point by point. The target's connection (targetendpoint_default) and
// what it was sent (target_info) are known from the original's successor only.

func (s *script) environment() {
	api := &s.record.API
	s.info(Property{"environment.name", api.Environment},
		Property{"environment.qualifiedname", api.Organization + "__" + api.Environment},
		Property{"environment.orgname", api.Organization})
	s.info(Property{"organization.name", api.Organization})
}

func (s *script) proxyVariables() {
	api := &s.record.API
	revision := strconv.Itoa(api.Revision)
	s.info(Property{"apiproxy.qualifiedname", api.Name + "__" + revision}, Property{"apiproxy.basepath", "/"},
		Property{"apiproxy.revision", revision}, Property{"apiproxy.name", api.Name})
	s.info(Property{"proxy.basepath", api.BasePath}, Property{"proxy.pathsuffix", s.pathSuffix()},
		Property{"proxy.url", "http://" + s.host() + s.path}, Property{"proxy.name", "default"},
		Property{"proxy.client.ip", s.clientIP()})
}

func (s *script) virtualHost() {
	ip, port := s.options.listener()
	s.info(Property{"virtualhost.port", port}, Property{"virtualhost.name", s.options.VirtualHost},
		Property{"virtualhost.ssl.enabled", "false"}, Property{"virtualhost.aliases", "{" + s.host() + "}"},
		Property{"virtualhost.ip", ip})
}

// host is what the client called this gateway.
func (t *Transaction) host() string {
	if host, ok := t.request.get("host"); ok {
		return host
	}
	return t.options.Listen
}

func (t *Transaction) pathOnly() string {
	path, _, _ := strings.Cut(t.path, "?")
	return path
}

// pathSuffix is the path behind the base path, without the query.
func (t *Transaction) pathSuffix() string {
	return strings.TrimPrefix(t.pathOnly(), strings.TrimSuffix(t.record.API.BasePath, "/"))
}

// target is the target's URL in the parts the variables show.
type target struct {
	scheme, host, port, base string
	url                      string // as requested, with path and query
}

func (t *Transaction) target() target {
	scheme, base := "http", ""
	if t.record.Channel.Secure {
		scheme = "https"
	}
	if u, err := url.Parse(t.record.API.TargetURL); err == nil && u.Host != "" {
		scheme, base = u.Scheme, strings.TrimSuffix(u.EscapedPath(), "/")
	}
	host, port, err := net.SplitHostPort(t.record.API.Target)
	if err != nil {
		host = t.record.API.Target
	}
	_, uri, _ := t.sent.words()
	if uri == "" {
		_, query, found := strings.Cut(t.path, "?")
		if uri = base + t.pathSuffix(); found {
			uri += "?" + query
		}
	}
	return target{scheme, host, port, base, scheme + "://" + t.record.API.Target + uri}
}

func (s *script) route() {
	s.info(Property{"route.name", "default"}, Property{"route.type", "TargetEndpoint"},
		Property{"route.target", "default"})
}

func (s *script) targetVariables() {
	t := s.target()
	_, query, found := strings.Cut(t.url, "?")
	withQuery := t.base
	if found {
		withQuery += "?" + query
	}
	s.info(Property{"target.name", "default"}, Property{"target.basepath", t.base}, Property{"target.url", t.url},
		Property{"target.scheme", t.scheme}, Property{"target.ssl.enabled", strconv.FormatBool(t.scheme == "https")},
		Property{"target.copy.queryparams", "true"}, Property{"target.copy.pathsuffix", "true"},
		Property{"target.basepath.with.query", withQuery})
}

// connection tells about the connection to the target. There is no such point when none was opened.
func (s *script) connection() {
	c := &s.record.Channel
	if c.ID == 0 || !c.Remote.IsValid() || s.failed && s.failure.Step < tracing.Handshake {
		return
	}
	var list []Property
	add := func(name, value string) { list = append(list, Property{"targetendpoint_default." + name, value}) }
	add("resolvedAddress", c.Remote.Addr().String())
	add("connectionStatus", "CONNECTED")
	add("isTlsEnabled", strconv.FormatBool(c.Secure))
	if c.Secure {
		add("tlsHandshakeStatus", s.handshakeStatus())
		if s.tls.complete {
			add("actualTargetTlsProtocol", s.tls.protocol)
			add("actualTargetCipherSuite", s.tls.ciphers)
		}
		add("connectionTlsHandshakeTimeMs", millis(s.step(tracing.Handshake)))
	}
	add("totalConnectionTimeMs", strconv.FormatInt(s.connecting().Milliseconds(), 10))
	add("socketAgeMs", strconv.FormatInt(c.Age.Milliseconds(), 10))
	add("socketUseCount", strconv.Itoa(max(c.UseCount-1, 0))) // of a new one: 0
	add("isFromClientPool", strconv.FormatBool(s.record.Reused))
	add("protocol", "HTTP/1.1")
	add("transport", "NIO")
	s.info(list...)
}

// handshakeStatus: only the word for success is known.
func (s *script) handshakeStatus() string {
	if s.failed && s.failure.Step == tracing.Handshake {
		return "FAILED"
	}
	return "COMPLETED"
}

// targetInfo is what the target was sent.
func (s *script) targetInfo() {
	verb, uri, _ := s.sent.words()
	if verb == "" {
		return
	}
	t := s.target()
	list := []Property{{"target_info.verb", verb}, {"target_info.uri", uri}, {"target_info.host", t.host},
		{"target_info.port", t.port}, {"target_info.scheme", t.scheme}}
	for _, h := range headers(&s.sent, func(string) bool { return true }) {
		list = append(list, Property{"target_info.header." + h.Name, h.Value})
	}
	if s.requestBody.text != "" {
		list = append(list, Property{"target_info.content", s.requestBody.shown()})
	}
	s.info(append(list, Property{"target_info.isTruncated", strconv.FormatBool(s.requestBody.cut)},
		Property{"target_info.isMasked", strconv.FormatBool(!s.options.KeepSecrets)})...)
}
