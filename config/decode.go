package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// value is a node of the file together with the place it was written at.
type value struct {
	place
	node *yaml.Node
}

// field is one key that a mapping may have, and what takes its value.
type field struct {
	key  string
	take func(value)
}

// member is one key that a mapping does have.
type member struct {
	name string
	value
}

// mapping hands the members of a mapping to its fields, in the order of the table so that a field may rely on
// those before it. Every other key is refused.
func (v value) mapping(fields []field) {
	members := v.members()
	for _, m := range members {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.key == m.name }) {
			m.unknown(fields)
		}
	}
	for _, f := range fields {
		if m, given := find(members, f.key); given {
			f.take(m)
		}
	}
}

func (m member) unknown(fields []field) {
	allowed := make([]string, len(fields))
	for i, f := range fields {
		allowed[i] = f.key
	}
	wrong := "is not a known key"
	if near := closest(m.name, allowed); near != "" {
		wrong += ", did you mean " + near + "?"
	}
	m.refuse(strings.Join(allowed, ", "), "%s", wrong)
}

// members returns the keys of a mapping as the file orders them, each once. A key without a value is an empty
// mapping, so that somebody may comment out all that stands below it.
func (v value) members() []member {
	if v.isNull() {
		return nil
	}
	if v.node.Kind != yaml.MappingNode || v.node.Tag != "!!map" {
		v.refuse("a mapping of keys", "is %s", v.describe())
		return nil
	}
	var found []member
	first := make(map[string]int)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := v.node.Content[i]
		m := member{key.Value, value{v.child(key), v.node.Content[i+1]}}
		switch line, twice := first[key.Value]; {
		case key.Kind != yaml.ScalarNode || key.Tag != "!!str":
			m.refuse("text", "has a key that is not text")
		case twice:
			m.refuse("each key once", "is given twice, first in line %d", line)
		default:
			first[key.Value] = m.line
			found = append(found, m)
		}
	}
	return found
}

func find(members []member, key string) (value, bool) {
	for _, m := range members {
		if m.name == key {
			return m.value, true
		}
	}
	return value{}, false
}

// at is the place of a member or, when it is not given, the place where it is missed.
func (v value) at(key string) (at place, given bool) {
	for i := 0; v.node.Kind == yaml.MappingNode && i+1 < len(v.node.Content); i += 2 {
		if v.node.Content[i].Value == key {
			return v.child(v.node.Content[i]), true
		}
	}
	return v.missing(key), false
}

func (v value) missing(key string) place {
	at := v.place
	at.key = join(v.key, key)
	return at
}

// require refuses a mapping that lacks a key.
func (v value) require(key, allowed string) {
	at, given := v.at(key)
	if !given && (v.node.Kind == yaml.MappingNode || v.isNull()) {
		at.refuse(allowed, "is missing")
	}
}

func (v value) items() []value {
	if v.isNull() {
		return nil
	}
	if v.node.Kind != yaml.SequenceNode || v.node.Tag != "!!seq" {
		v.refuse("a list", "is %s", v.describe())
		return nil
	}
	found := make([]value, len(v.node.Content))
	for i, node := range v.node.Content {
		at := v.place
		at.line, at.key = max(node.Line, 1), fmt.Sprintf("%s[%d]", v.key, i)
		found[i] = value{at, node}
	}
	return found
}

func (v value) child(key *yaml.Node) place {
	at := v.place
	at.line, at.key = max(key.Line, 1), join(v.key, key.Value)
	return at
}

// join appends a key to a path. A key that could break a line or hide in the path is quoted.
func join(path, key string) string {
	if nameRule.flaw(key) != "" {
		key = quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func (v value) isEmptyText() bool {
	return v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!str" && v.node.Value == ""
}

func (v value) isNull() bool {
	return v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null"
}

// describe completes "is …".
func (v value) describe() string {
	switch {
	case strings.HasPrefix(v.node.Tag, "!") && !strings.HasPrefix(v.node.Tag, "!!"):
		return "tagged " + bare(v.node.Tag)
	case v.node.Kind == yaml.SequenceNode:
		return "a list"
	case v.node.Kind == yaml.MappingNode:
		return "a mapping"
	case v.isNull():
		return "empty"
	case v.node.Tag == "!!str":
		return quote(v.node.Value)
	case v.node.Tag == "!!int" || v.node.Tag == "!!float":
		return "the number " + bare(v.node.Value)
	case v.node.Tag == "!!bool":
		return bare(v.node.Value)
	case v.node.Tag == "!!timestamp":
		return "the date " + bare(v.node.Value)
	}
	return "tagged " + bare(v.node.Tag)
}

// longestQuote bounds what a message repeats of the file.
const longestQuote = 64

// quote also escapes whatever does not print, so that a value can neither break its line nor hide in it.
func quote(s string) string {
	if len(s) > longestQuote {
		return strconv.Quote(s[:longestQuote]) + "…"
	}
	return strconv.Quote(s)
}

func bare(s string) string {
	quoted := quote(s)
	if len(s) > longestQuote {
		return quoted
	}
	return quoted[1 : len(quoted)-1]
}
