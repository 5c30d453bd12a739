package gather

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"message-processor/tracing/secret"
)

// privateKey is a key in PEM form (RFC 7468), cut off or whole.
var privateKey = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)`)

// cleanText masks the secrets of a text, line by line, so that a value that seems to have no end takes no other line
// with it.
func cleanText(text []byte) []byte {
	text = privateKey.ReplaceAll(text, []byte("-----$1 "+secret.Stars+"-----"))
	var out bytes.Buffer
	for line := range bytes.Lines(text) {
		bare := bytes.TrimSuffix(line, []byte("\n"))
		out.Write(secret.Mask(bytes.Clone(bare)))
		out.Write(line[len(bare):])
	}
	return out.Bytes()
}

// cleanJSON masks the values of members with a secret's name and of pairs of name and value, whatever their form, and
// texts as texts. The result is indented. What is no JSON is cleaned as a text.
func cleanJSON(document []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil || decoder.More() {
		return cleanText(document)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if encoder.Encode(cleanValue(v)) != nil {
		return cleanText(document)
	}
	return out.Bytes()
}

func cleanValue(v any) any {
	switch v := v.(type) {
	case string:
		return string(secret.Mask([]byte(v)))
	case []any:
		for i := range v {
			v[i] = cleanValue(v[i])
		}
	case map[string]any:
		name, _ := v["name"].(string)
		for key, member := range v {
			_, isText := member.(string)
			if secret.IsName([]byte(key)) || key == "value" && isText && secret.IsParameter([]byte(name)) {
				v[key] = secret.Stars
			} else {
				v[key] = cleanValue(member)
			}
		}
	}
	return v
}

// cleanLine cleans a line of system.log, in either of its formats.
func cleanLine(line string) string {
	if strings.HasPrefix(line, "{") {
		var compact bytes.Buffer
		if json.Compact(&compact, cleanJSON([]byte(line))) == nil {
			return compact.String()
		}
	}
	return string(cleanText([]byte(line)))
}

var (
	yamlMember = regexp.MustCompile(`^(\s*(?:-\s+)*)["']?([A-Za-z0-9_.-]+)["']?:(?:\s+(.*))?$`)
	// harmless are values that are no secret under whatever name: switches of the configuration, and nothing.
	harmless = regexp.MustCompile(`^(true|false|null|\{\}|\[\]|""|'')\s*$`)
)

// cleanYAML masks a configuration. Its switches and names of files stay, although some are called like a secret; the
// block below a secret's name goes whole.
func cleanYAML(text []byte) []byte {
	var out strings.Builder
	hidden := -1 // indentation of the secret whose block is being left out
	for line := range strings.Lines(string(privateKey.ReplaceAll(text, []byte(secret.Stars)))) {
		bare := strings.TrimRight(line, "\r\n")
		indent := len(bare) - len(strings.TrimLeft(bare, " "))
		if hidden >= 0 && (bare == "" || indent > hidden) {
			continue
		}
		hidden = -1
		m := yamlMember.FindStringSubmatch(bare)
		switch {
		case m == nil || !secret.IsName([]byte(m[2])):
			out.Write(cleanText([]byte(line)))
		case strings.HasSuffix(m[2], "_file") && m[3] != "", harmless.MatchString(m[3]):
			out.WriteString(line)
		default:
			out.WriteString(m[1] + m[2] + ": \"" + secret.Stars + "\"\n")
			hidden = len(m[1])
		}
	}
	return []byte(out.String())
}

// visible makes what cannot be seen, or would change how the text around it is read, a sign. Lines and tabs stay.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || unicode.Is(unicode.Zs, r) || unicode.IsPrint(r):
			return r
		case r < ' ':
			return 0x2400 + r // its picture: SYMBOL FOR NULL and the following
		}
		return utf8.RuneError
	}, text)
}
