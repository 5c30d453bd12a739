package faults

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Vars are the values of a template's placeholders: Vars{"host": "db.example"} fills {host}.
//
//	faultstrings  host, ip, path, vhost, name, char, value, method, status_code, status, reason, limit (see Limit)
//	log lines     channel, message_id, host, exception
//
// A placeholder without a value stays as it stands, so that a forgotten one is seen. In log lines {message} is always
// the faultstring, and {exception}, when not given, is the faultstring without its "SSL Handshake failed ".
// The empty braces {} are not a placeholder: the original writes them itself.
type Vars map[string]string

// maxValue bounds, in bytes, what one value may add to a body or line: values come from the network.
const maxValue = 2048

const handshakeFailed = "SSL Handshake failed "

// Message returns the faultstring with v filled in. It is valid UTF-8.
func (f Fault) Message(v Vars) string {
	return expand(f.String, func(name string) (string, bool) { s, ok := v[name]; return s, ok })
}

// LogText returns what the fault's line in system.log says after " - ". It may hold control characters that came from
// the network: whoever writes the line escapes them.
func (f Fault) LogText(v Vars) string {
	return expand(f.Log.Text, f.logValue(v))
}

// LogException returns the exception block that follows the line, its lines joined by "\n"; "" for most faults.
func (f Fault) LogException(v Vars) string {
	return expand(strings.Join(f.Log.Exception, "\n"), f.logValue(v))
}

func (f Fault) logValue(v Vars) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if s, ok := v[name]; ok && name != "message" {
			return s, true
		}
		switch name {
		case "message":
			return f.Message(v), true
		case "exception":
			return strings.TrimPrefix(f.Message(v), handshakeFailed), true
		}
		return "", false
	}
}

// Limit writes a limit in bytes as faultstrings show it: 25600 is "25,600".
func Limit(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// expand fills a template in one pass: braces inside a value are text.
func expand(template string, value func(name string) (string, bool)) string {
	var out strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			break
		}
		out.WriteString(template[:open])
		template = template[open:]
		name := placeholder(template)
		if s, ok := value(name); name != "" && ok {
			out.WriteString(bounded(s))
			template = template[len(name)+len("{}"):]
			continue
		}
		out.WriteByte('{')
		template = template[1:]
	}
	out.WriteString(template)
	return out.String()
}

// placeholder returns the name in the {name} that s starts with, "" if it starts with no such thing.
func placeholder(s string) string {
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '}':
			return s[1:i]
		case c != '_' && (c < 'a' || c > 'z'):
			return ""
		}
	}
	return ""
}

// bounded cuts s between two characters at maxValue bytes and makes it valid UTF-8.
func bounded(s string) string {
	if len(s) > maxValue {
		cut := maxValue
		for cut > maxValue-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
	}
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}
