package faults

import "strings"

// Recognise finds the fault that wrote a message of system.log: what stands after " - " in its line, of this gateway or of the
// original. The values are those of the placeholders of Fault.Log.Text. Where several faults write alike, the one is taken
// whose own words cover most of the message; of equals, the first of the catalogue.
func Recognise(message string) (Fault, Vars, bool) {
	var best Fault
	var values Vars
	most := 0
	for _, group := range catalogue {
		for i := range group {
			f := &group[i]
			if own, _, _ := strings.Cut(f.Log.Text, "{"); f.Log.Text == "" || !strings.HasPrefix(message, own) {
				continue // most are told apart by how they begin
			}
			if v, literal, ok := match(f.logTemplate(), message); ok && literal > most {
				best, values, most = *f, v, literal
			}
		}
	}
	return best, values, most > 0
}

// logTemplate is the text of the line with the faultstring's own placeholders in it.
func (f *Fault) logTemplate() string {
	return strings.NewReplacer("{message}", f.String, "{exception}", strings.TrimPrefix(f.String, handshakeFailed)).Replace(f.Log.Text)
}

// match compares text with a template, in which each placeholder stands for any text, and counts the bytes that are not a
// placeholder's.
func match(template, text string) (values Vars, literal int, ok bool) {
	values = Vars{}
	name := "" // of the placeholder before the next literal; "": none
	for {
		before, placeholder, rest := nextPlaceholder(template)
		at := strings.Index(text, before)
		switch {
		case at < 0, name == "" && at > 0:
			return nil, 0, false
		case placeholder == "" && name != "": // the template's end is the text's
			if at = len(text) - len(before); !strings.HasSuffix(text, before) {
				return nil, 0, false
			}
		}
		if name != "" {
			values[name] = text[:at]
		}
		literal += len(before)
		text = text[at+len(before):]
		if placeholder == "" {
			return values, literal, text == ""
		}
		name, template = placeholder, rest
	}
}

// nextPlaceholder cuts a template at its first placeholder, if it has one.
func nextPlaceholder(template string) (before, name, after string) {
	for i := range len(template) {
		if template[i] != '{' {
			continue
		}
		if name = placeholder(template[i:]); name != "" {
			return template[:i], name, template[i+len(name)+len("{}"):]
		}
	}
	return template, "", ""
}
