package management

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// withSecurityHeaders forbids the browser everything the pages do not need: foreign content, inline code, framing,
// guessing of types, and keeping what may be about somebody's traffic.
func withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin") // not no-referrer: forms would be sent with "Origin: null"
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// requireKnownHost answers 421 (RFC 9110 section 15.5.20) when the request names a host this listener is not.
func requireKnownHost(names []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !knownHost(r.Host, names) {
			refuse(w, http.StatusMisdirectedRequest, "emulator.management.UnknownHost",
				"The Host field must be localhost, an IP address or a configured name")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func knownHost(hostport string, names []string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	} else if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	for _, name := range names {
		if strings.EqualFold(host, name) {
			return true
		}
	}
	return strings.EqualFold(host, "localhost")
}

// requirePassword asks for HTTP Basic on everything but the health checks, whose callers carry no secrets.
func requirePassword(username, password string, next http.Handler) http.Handler {
	if username == "" && password == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHealthCheck(r.URL.Path) || isAuthorized(r, username, password) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="message-processor", charset="UTF-8"`)
		refuse(w, http.StatusUnauthorized, "emulator.management.Unauthorized", "A username and password are required")
	})
}

func isHealthCheck(path string) bool {
	path = strings.TrimRight(path, "/")
	return path == "/healthz" || path == "/readyz"
}

// isAuthorized compares digests, so that its time tells nothing about the secret, its length included. An empty
// password is never right.
func isAuthorized(r *http.Request, username, password string) bool {
	u, p, ok := r.BasicAuth()
	given, want := sha256.Sum256([]byte(p)), sha256.Sum256([]byte(password))
	givenName, wantName := sha256.Sum256([]byte(u)), sha256.Sum256([]byte(username))
	same := subtle.ConstantTimeCompare(given[:], want[:]) & subtle.ConstantTimeCompare(givenName[:], wantName[:])
	return ok && password != "" && same == 1
}

// tolerateSlashes serves /a/ as /a. The profiles keep theirs: the links on their page are relative to it.
func tolerateSlashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		escaped := r.URL.EscapedPath()
		trimmed := "/" + strings.Trim(escaped, "/")
		path, err := url.PathUnescape(trimmed)
		if err == nil && trimmed != escaped && trimmed != "/debug/pprof" {
			r2, u := *r, *r.URL
			u.Path, u.RawPath = path, trimmed
			r2.URL = &u
			r = &r2
		}
		next.ServeHTTP(w, r)
	})
}

// refuseForeignPages refuses what would change something when another site's page makes a browser ask for it: browsers
// say where a request comes from in Sec-Fetch-Site or Origin. Other clients send neither, and are let through.
func refuseForeignPages(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusForbidden, "emulator.management.CrossSite", "Pages of other sites cannot change anything here")
	}))
	return guard.Handler(next)
}
