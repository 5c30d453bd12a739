package session

import (
	"strconv"
	"unicode/utf8"
)

// The layout of points: the times of day as dd-MM-yy HH:mm:ss:SSS, which package time cannot write with a colon before
// the milliseconds.
const (
	stampSeconds = "02-01-06 15:04:05:"
	xmlHeader    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
)

// AppendXML appends the transaction as an XML document. Its root is called Data, as in the file the Edge UI downloads:
// the original's name is not known, and its clients do not look at it.
func (t *Transaction) AppendXML(dst []byte) []byte { return t.appendData(append(dst, xmlHeader...)) }

// appendData appends the element Data: Completed, which clients look for before anything else, and the points.
func (t *Transaction) appendData(dst []byte) []byte {
	w := xmlWriter{append(dst, "<Data>\n    <Completed>true</Completed>\n"...)}
	for _, p := range t.Points() {
		w.point(&p)
	}
	return append(w.out, "</Data>\n"...)
}

// xmlWriter writes elements the way the original's files have them: no further attributes, no namespaces, value before
// name. Tools search these files as text.
type xmlWriter struct{ out []byte }

func (w *xmlWriter) raw(parts ...string) {
	for _, part := range parts {
		w.out = append(w.out, part...)
	}
}

// element writes indented <name>text</name>.
func (w *xmlWriter) element(indent, name, text string) {
	w.raw(indent, "<", name, ">")
	w.text(text)
	w.raw("</", name, ">\n")
}

// named writes indented <name name="...">text</name>.
func (w *xmlWriter) named(indent, element string, p Property) {
	w.raw(indent, "<", element)
	w.attribute("name", p.Name)
	w.raw(">")
	w.text(p.Value)
	w.raw("</", element, ">\n")
}

func (w *xmlWriter) attribute(name, value string) {
	w.raw(" ", name, `="`)
	w.out = appendEscaped(w.out, value, true)
	w.raw(`"`)
}

func (w *xmlWriter) text(text string) { w.out = appendEscaped(w.out, text, false) }

func (w *xmlWriter) point(p *Point) {
	if p.ID == Paused || p.ID == Resumed {
		w.raw(`    <Point id="`, p.ID, "\"/>\n")
		return
	}
	w.raw(`    <Point id="`, p.ID, "\">\n        <DebugInfo>\n            <Timestamp>")
	w.out = appendStamp(w.out, p)
	w.raw("</Timestamp>\n")
	w.list("            ", "Properties", "Property", p.Properties)
	w.raw("        </DebugInfo>\n")
	if p.Message != nil {
		w.message(p.Message)
	}
	if p.Access != nil {
		w.access(p.Access)
	}
	w.raw("    </Point>\n")
}

// list writes the element list with an element for each property, or the empty element.
func (w *xmlWriter) list(indent, list, element string, properties []Property) {
	if len(properties) == 0 {
		w.raw(indent, "<", list, "/>\n")
		return
	}
	w.raw(indent, "<", list, ">\n")
	for _, p := range properties {
		w.named(indent+"    ", element, p)
	}
	w.raw(indent, "</", list, ">\n")
}

func (w *xmlWriter) message(m *Message) {
	const indent = "            "
	w.raw("        <", m.Kind, ">\n")
	if m.Content != "" {
		w.element(indent, "Content", m.Content)
	}
	w.list(indent, "Headers", "Header", m.Headers)
	if m.Kind == RequestMessage {
		w.element(indent, "URI", m.URI)
		w.element(indent, "Verb", m.Verb)
	} else if m.Status != 0 {
		w.element(indent, "ReasonPhrase", m.Reason)
		w.element(indent, "StatusCode", strconv.Itoa(m.Status))
	}
	w.raw("        </", m.Kind, ">\n")
}

func (w *xmlWriter) access(list []Access) {
	if len(list) == 0 {
		w.raw("        <VariableAccess/>\n")
		return
	}
	w.raw("        <VariableAccess>\n")
	for _, a := range list {
		w.raw("            <Get")
		if a.HasValue {
			w.attribute("value", a.Value)
		}
		w.attribute("name", a.Name)
		w.raw("/>\n")
	}
	w.raw("        </VariableAccess>\n")
}

func appendStamp(dst []byte, p *Point) []byte {
	dst = p.Time.AppendFormat(dst, stampSeconds)
	ms := p.Time.Nanosecond() / 1e6
	return append(dst, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
}

// appendEscaped appends text so that XML 1.0 holds it: what it has no characters for, and what is no UTF-8, becomes
// U+FFFD. Attributes keep their line breaks and tabs only as references (section 3.3.3 of the recommendation).
func appendEscaped(dst []byte, text string, attribute bool) []byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\r', attribute && (r == '\n' || r == '\t'):
			dst = append(append(append(dst, "&#"...), strconv.Itoa(int(r))...), ';')
		case r < ' ' && r != '\n' && r != '\t', r == 0xFFFE, r == 0xFFFF:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
