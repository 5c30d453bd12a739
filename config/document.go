package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// largestFile bounds a configuration: far above any that a person maintains.
const largestFile = 4 << 20

const plainYAML = "one YAML document in UTF-8, indented with blanks"

// document reads the text of a file into its root mapping. It reports what keeps it from doing so and returns false.
// A file without any setting is fine and leaves every default.
func (l *loading) document(name string, data []byte) (value, bool) {
	at := place{loading: l, file: name, line: 1}
	switch {
	case len(data) > largestFile:
		at.refuse("at most 4 MiB", "is too large")
		return value{}, false
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		at.refuse(plainYAML, "is written in UTF-16")
		return value{}, false
	}
	root, err := parseYAML(data)
	if err != nil {
		at.line = syntaxLine(data, err)
		at.refuse(plainYAML, "%s", syntaxMessage(data, at.line, err))
		return value{}, false
	}
	if root == nil {
		root = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1}
	}
	return value{at, root}, at.refuseAliases(root)
}

// parseYAML returns nil for a document without content.
func parseYAML(data []byte) (root *yaml.Node, err error) {
	defer func() {
		// The library panics on states that it believes to be impossible; a configuration must not end the gateway.
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
		return first.Content[0], nil
	case err != nil:
		return nil, err
	}
	return nil, fmt.Errorf("yaml: line %d: holds a second document", second.Line)
}

// refuseAliases refuses what can make a small file huge or endless. What targets share belongs under defaults.
func (p place) refuseAliases(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		p.line = max(n.Line, 1)
		p.refuse("the values written out; what targets share can stand under defaults",
			"YAML alias %s is not supported", quote("*"+n.Value))
		return false
	}
	fine := true
	for _, child := range n.Content {
		fine = p.refuseAliases(child) && fine
	}
	return fine
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func reason(err error) string { return yamlError.ReplaceAllString(err.Error(), "") }

// syntaxLine finds the line that breaks the syntax. The library names a line for some errors only, sometimes one too
// early, sometimes the start of the block around it. The line that counts is the one with which a file cut off
// behind it begins to fail in the same way; so the named line, its successor, the lines that the parser looked at
// last and the first line, which the library never names, are tried.
func syntaxLine(data []byte, err error) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	fails := func(n int) bool {
		_, cut := parseYAML(bytes.Join(lines[:n], nil))
		return cut != nil && reason(cut) == reason(err)
	}
	named, _ := strconv.Atoi(yamlError.FindStringSubmatch(err.Error())[1])
	reached := linesUntilError(lines)
	for _, n := range []int{named, named + 1, reached, reached - 1, reached - 2, 1} {
		if n >= 1 && n <= len(lines) && fails(n) && !fails(n-1) {
			return n
		}
	}
	return min(max(named, 1), len(lines))
}

// lineReader hands out one line at a time and so knows how far its reader got.
type lineReader struct {
	lines [][]byte
	read  int
}

func (r *lineReader) Read(p []byte) (int, error) {
	if r.read == len(r.lines) {
		return 0, io.EOF
	}
	n := copy(p, r.lines[r.read])
	if n == len(r.lines[r.read]) {
		r.read++
	} else {
		r.lines[r.read] = r.lines[r.read][n:]
	}
	return n, nil
}

func linesUntilError(lines [][]byte) (reached int) {
	reader := &lineReader{lines: append([][]byte(nil), lines...)}
	defer func() {
		if recover() != nil {
			reached = reader.read
		}
	}()
	decoder := yaml.NewDecoder(reader)
	for err := error(nil); err == nil; {
		err = decoder.Decode(&yaml.Node{})
	}
	return reader.read
}

// syntaxMessage says it in words of this package where the library's words would not help.
func syntaxMessage(data []byte, line int, err error) string {
	text := string(bytes.SplitAfter(data, []byte("\n"))[line-1])
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	switch why := reason(err); {
	case strings.Contains(indent, "\t"):
		return "is indented with a tab"
	case strings.HasPrefix(why, "holds a second"):
		return why
	case strings.Contains(why, "UTF-8"):
		return "is not UTF-8"
	default:
		return "is not YAML: " + bare(why)
	}
}
