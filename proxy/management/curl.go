package management

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"message-processor/tracing/secret"
	"message-processor/tracing/session"
)

// repeat is a command that repeats a call.
type repeat struct {
	Command string   // for a POSIX shell or bash; "" if there is none that would do
	Notes   []string // what has to be known before it is used
}

// ownFields are set by curl itself, or would be wrong in another call.
var ownFields = map[string]bool{
	"host": true, "content-length": true, "transfer-encoding": true, "connection": true, "keep-alive": true,
	"proxy-connection": true, "te": true, "trailer": true, "upgrade": true, "expect": true,
	"traceparent": true, "tracestate": true, // the repeated call is a trace of its own
}

// masked stands for a secret.
const masked = secret.Stars

// curl makes the command for a request as the client sent it, to be sent to the gateway at base.
func curl(base string, m session.Message) repeat {
	if base == "" || m.Verb == "" || !strings.HasPrefix(m.URI, "/") {
		return repeat{}
	}
	var r repeat
	parts := []string{"curl -i" + r.method(m) + r.urlOptions(m.URI) + " " + shellQuote(base+m.URI)}
	for _, h := range m.Headers {
		if !ownFields[strings.ToLower(h.Name)] && !byCurl(h) {
			parts = append(parts, "-H "+shellQuote(headerArgument(h)))
		}
		if strings.EqualFold(h.Name, "Host") && !strings.HasSuffix(base, "://"+h.Value) {
			parts = append(parts, "-H "+shellQuote("Host: "+h.Value))
		}
	}
	if m.Content != "" && !m.Truncated {
		parts = append(parts, "--data-raw "+shellQuote(m.Content))
	}
	r.Command = strings.Join(parts, " \\\n  ")
	r.note(m)
	return r
}

// byCurl tells whether curl sends the field anyway.
func byCurl(h session.Property) bool {
	return strings.EqualFold(h.Name, "Accept") && h.Value == "*/*" ||
		strings.EqualFold(h.Name, "User-Agent") && strings.HasPrefix(h.Value, "curl/")
}

func (r *repeat) method(m session.Message) string {
	switch usual := map[bool]string{false: "GET", true: "POST"}[m.Content != "" && !m.Truncated]; m.Verb {
	case usual:
		return ""
	case "HEAD":
		return " -I"
	default:
		return " -X " + shellQuote(m.Verb)
	}
}

// urlOptions keep curl from changing the path: from resolving its dots, and from reading brackets as a pattern.
func (r *repeat) urlOptions(uri string) string {
	options := ""
	if strings.Contains(uri, "/.") {
		options += " --path-as-is"
	}
	if strings.ContainsAny(uri, "[]{}") {
		options += " -g"
	}
	return options
}

// headerArgument is Name: value, or Name; as curl wants an empty field: with a colon it would leave it out.
func headerArgument(h session.Property) string {
	if h.Value == "" {
		return h.Name + ";"
	}
	return h.Name + ": " + h.Value
}

func (r *repeat) note(m session.Message) {
	if strings.Contains(r.Command, masked) {
		r.Notes = append(r.Notes, fmt.Sprintf("Put the real values where it says %s: secrets are not recorded.", masked))
	}
	if m.Truncated {
		r.Notes = append(r.Notes, "The body is left out: the trace holds only its beginning.")
	}
}

// shellQuote makes one word of text for a shell. Control characters, which could end a bracketed paste in a terminal,
// and whatever else is not printed are written as escapes of $'…' (POSIX.1-2024; bash, zsh and ksh know it).
func shellQuote(text string) string {
	if strings.ContainsFunc(text, unprintable) {
		return "$'" + escape(text) + "'"
	}
	if text != "" && !strings.ContainsFunc(text, needsQuotes) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func unprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

func needsQuotes(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+,", r))
}

// escape writes every byte of what is not printed as three octal digits, which no digit after them can join.
func escape(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\'' || r == '\\':
			out.WriteString(`\` + text[i:i+n])
		case unprintable(r):
			for _, b := range []byte(text[i : i+n]) {
				fmt.Fprintf(&out, `\%03o`, b)
			}
		default:
			out.WriteString(text[i : i+n])
		}
		i += n
	}
	return out.String()
}
