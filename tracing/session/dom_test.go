package session_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// node is an element of a parsed document.
type node struct {
	name     string
	attrs    []xml.Attr
	text     string
	children []*node
}

// parse reads a document strictly: XML 1.0, well-formed, one root.
func parse(t *testing.T, document []byte) *node {
	t.Helper()
	root := &node{}
	stack := []*node{root}
	for d := xml.NewDecoder(bytes.NewReader(document)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{name: token.Name.Local, attrs: token.Attr}
			top.children = append(top.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(token)
		}
	}
	if len(root.children) != 1 {
		t.Fatalf("%d root elements", len(root.children))
	}
	return root.children[0]
}

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return &node{}
}

// names are the names of the children, with blanks between them.
func (n *node) names() string {
	var names []string
	for _, c := range n.children {
		names = append(names, c.name)
	}
	return strings.Join(names, " ")
}

func (n *node) is(name string) bool { return n.name == name }

// properties are those of a point, "name=value" each.
func (n *node) properties() (list []string) {
	for _, p := range n.child("DebugInfo").child("Properties").children {
		list = append(list, p.attr("name")+"="+p.text)
	}
	return list
}

func (n *node) property(name string) string {
	for _, p := range n.properties() {
		if value, ok := strings.CutPrefix(p, name+"="); ok {
			return value
		}
	}
	return ""
}

// message is the message element of a point, empty if there is none.
func (n *node) message() *node {
	for _, c := range n.children {
		if strings.HasSuffix(c.name, "Message") {
			return c
		}
	}
	return &node{}
}

func (n *node) header(name string) (values []string) {
	for _, h := range n.child("Headers").children {
		if strings.EqualFold(h.attr("name"), name) {
			values = append(values, h.text)
		}
	}
	return values
}

// points of a document with the root Data.
func (n *node) points(id string) (list []*node) {
	for _, p := range n.children {
		if p.is("Point") && (id == "" || p.attr("id") == id) {
			list = append(list, p)
		}
	}
	return list
}

// changes are the changes of state, "FROM>TO" each.
func (n *node) changes() (list []string) {
	for _, p := range n.points("StateChange") {
		list = append(list, p.property("From")+">"+p.property("To"))
	}
	return list
}
