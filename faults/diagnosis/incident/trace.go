package incident

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"message-processor/faults"
)

// traced is what is collected of one message of a trace file.
type traced struct {
	first, failed time.Time
	messageID     string
	fault, words  string // code and faultstring
}

// traceReader reads a trace file element by element: the original's have members that ours lack, and the other way round.
type traceReader struct {
	path    []string
	name    string // attribute of the innermost element
	text    strings.Builder
	top     Incident
	message traced
	all     []Incident
}

// traceTime is how a point's time is written, such as 25-11-26 12:26:59:123.
const traceTime = "02-01-06 15:04:05.000"

// fromTrace reads the download of a trace session.
func fromTrace(input []byte) ([]Incident, error) {
	t := traceReader{top: Incident{Source: "trace file"}}
	d := xml.NewDecoder(bytes.NewReader(input))
	d.Strict = false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return t.all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the trace file cannot be read: %w", ErrUnknown, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			t.begin(token)
		case xml.CharData:
			if t.text.Len() < 1<<16 {
				t.text.Write(token)
			}
		case xml.EndElement:
			t.end(strings.TrimSpace(t.text.String()))
		}
	}
}

func (t *traceReader) begin(e xml.StartElement) {
	t.path = append(t.path, e.Name.Local)
	t.text.Reset()
	t.name = ""
	for _, a := range e.Attr {
		if a.Name.Local == "name" || a.Name.Local == "id" {
			t.name = a.Value
		}
	}
	if e.Name.Local == "Message" {
		t.message = traced{}
	}
}

func (t *traceReader) end(text string) {
	if len(t.path) == 0 {
		return
	}
	element := t.path[len(t.path)-1]
	t.path = t.path[:len(t.path)-1]
	m := &t.message
	switch element {
	case "Organization":
		t.top.Organization = text
	case "Environment":
		t.top.Environment = text
	case "API":
		t.top.API = text
	case "Revision":
		t.top.Revision = revision(text)
	case "Timestamp":
		t.stamp(text)
	case "Property", "Header":
		t.property(text)
	case "Message":
		t.finish()
	default:
		m.words = first(m.words, faultstring(text))
	}
	t.name = ""
	t.text.Reset()
}

// stamp takes the time of a point: of the first one, and of the last before the fault.
func (t *traceReader) stamp(text string) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return
	}
	when, err := time.ParseInLocation(traceTime, text[:at]+"."+text[at+1:], time.UTC)
	if err != nil {
		return
	}
	if m := &t.message; m.first.IsZero() {
		m.first = when
	} else if m.fault == "" {
		m.failed = when
	}
}

func (t *traceReader) property(text string) {
	m := &t.message
	switch t.name {
	case "X-Apigee.fault-code", "fault.name", "apigee.edge.execution.fault_code":
		m.fault = first(m.fault, text)
	case "X-Apigee.Message-ID", "messageid":
		m.messageID = first(m.messageID, text)
	case "error":
		m.words = first(m.words, text)
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// faultstring is the text in a fault's document.
func faultstring(body string) string {
	_, rest, found := strings.Cut(body, `"faultstring":"`)
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// finish makes an incident of a message that ended in a fault.
func (t *traceReader) finish() {
	m := &t.message
	f, ok := faultOf(m.fault, m.words, m.failed.Sub(m.first))
	if !ok || len(t.all) == maxIncidents {
		return
	}
	i := t.top
	i.MessageID, i.Time, i.Fault = m.messageID, m.first, f
	i.learn("the trace names the fault %s, %d, %q", f.TraceCode, f.Status, m.words)
	took := m.failed.Sub(m.first)
	i.learn("it came %v after the request", took)
	i.behave(exchange{secure: true, bytesWritten: 1})
	i.timed(took, took)
	if i.Does != "" || i.Client != "" {
		t.all = append(t.all, i)
	}
}

// faultOf finds the fault with a code. Several have the same; the faultstring tells them apart, or the time.
func faultOf(code, words string, took time.Duration) (best faults.Fault, found bool) {
	longest := -1
	for _, f := range faults.All() {
		if code == "" || f.TraceCode != code || !f.Produced {
			continue
		}
		own, _, _ := strings.Cut(f.String, "{")
		common := 0
		for common < min(len(own), len(words)) && own[common] == words[common] {
			common++
		}
		if common == len(own) && f.ID == faults.TargetConnectionRefused && took < time.Second {
			common++ // the code is that of a connect timeout too, which takes longer
		}
		if common > longest {
			best, longest = f, common
		}
	}
	return best, longest >= 0
}
