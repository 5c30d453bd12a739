package management

import (
	"fmt"
	"slices"
	"strings"

	"message-processor/tracing/secret"
)

// shellScript is a command that can be run as it stands: where the call had secrets it has variables.
type shellScript struct {
	Command   string   `json:"command"` // "" if there is none that would do
	Variables []string `json:"variables"`
	Notes     []string `json:"notes"`
}

// script puts a variable into the place of each secret of a command.
func script(r repeat) shellScript {
	s := shellScript{Variables: []string{}, Notes: []string{}}
	for _, note := range r.Notes {
		if !strings.Contains(note, masked) { // the variables say it
			s.Notes = append(s.Notes, note)
		}
	}
	var out strings.Builder
	rest := r.Command
	for {
		before, after, found := strings.Cut(rest, masked)
		out.WriteString(before)
		if !found {
			s.Command = out.String()
			return s
		}
		fmt.Fprintf(&out, `'"$%s"%s`, s.variable(out.String()), opening(out.String()))
		rest = after
	}
}

// opening is how the quotes around the secret are opened again. Stars need quotes, so they always stand in some.
func opening(before string) string {
	quoted, escapes := false, false
	for i := 0; i < len(before); i++ {
		switch c := before[i]; {
		case c == '\\' && (escapes || !quoted):
			i++
		case c == '\'' && quoted:
			quoted, escapes = false, false
		case c == '\'':
			quoted, escapes = true, i > 0 && before[i-1] == '$'
		case c == '"' && !quoted: // a variable put in before
			i += strings.IndexByte(before[i+1:], '"') + 1
		}
	}
	if escapes {
		return "$'"
	}
	return "'"
}

// variable names the secret that follows after the one it belongs to: Authorization: and apikey= make AUTHORIZATION and
// APIKEY. What has no such name is counted.
func (s *shellScript) variable(before string) string {
	end := len(strings.TrimRight(before, `=:" `))
	start := end
	for start > 0 && partOfName(before[start-1]) {
		start--
	}
	name := strings.ToUpper(strings.ReplaceAll(before[start:end], "-", "_"))
	if name == "" || len(name) > maxVariable || name[0] <= '9' || !secret.IsParameter([]byte(name)) {
		name = fmt.Sprintf("SECRET_%d", len(s.Variables)+1)
	}
	if !slices.Contains(s.Variables, name) {
		s.Variables = append(s.Variables, name)
	}
	return name
}

const maxVariable = 64 // bytes of a variable's name

func partOfName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}
