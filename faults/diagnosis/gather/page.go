package gather

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"math"
)

//go:embed index.html
var pageText string

// pageView is everything the page shows. All of its text is clean already.
type pageView struct {
	MessageID string
	Form      Form
	Made      string
	Call      *call
	Tone      string
	Took      string
	Facts     []pair
	Bars      []bar
	Error     string
	Log       []aroundLine
	LogFrom   string
	Probe     string
	Checklist []item
	Sections  []section
	Missing   []Missing
	Notes     []string
	Files     []File
	Versions  string
}

// bar is a step of the call in the timeline, in percent of the whole.
type bar struct {
	Name, Offset, Took string
	X, Width           float64
	Failed             bool
}

// page renders the story. It is one file that asks nothing of anybody: no script, no picture, no font from elsewhere.
func (g *gathering) page() ([]byte, error) {
	page, err := template.New("index").Funcs(template.FuncMap{"visible": visible, "size": size}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := page.Execute(&out, g.view()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (g *gathering) view() pageView {
	v := pageView{MessageID: g.MessageID, Form: g.Form, Made: stamp(g.began), Call: &g.call, Tone: "fine", Took: duration(g.call.DurationMS),
		Facts: g.call.pairs(g.MessageID), Bars: g.call.bars(), Probe: g.probe, Checklist: g.checklist(), Sections: g.sections(),
		Missing: g.missing, Notes: g.allNotes(), Files: g.archive.list(), Versions: g.versions()}
	switch {
	case g.call.Status >= 500:
		v.Tone = "fault"
	case g.call.Status >= 400:
		v.Tone = "error"
	}
	if e := g.archive.find("error-message.txt"); e != nil {
		v.Error = string(e.content)
	}
	if g.Form == Private {
		v.Log, v.LogFrom = g.log.shown(), g.log.from
	}
	return v
}

// shown are the lines for the page: with their surroundings where there are any.
func (l *logExcerpt) shown() []aroundLine {
	if len(l.around) > 0 {
		return l.around
	}
	var list []aroundLine
	for _, line := range l.lines {
		list = append(list, aroundLine{Text: line, Hit: true})
	}
	return list
}

// allNotes are the remarks, those about secrets included.
func (g *gathering) allNotes() []string {
	notes := []string{"Values of headers, parameters and members whose names say that they are secret are replaced by *****. " +
		"Look through the files all the same before you give them away: nobody knows every secret's name."}
	if len(g.call.Variables) > 0 {
		notes = append(notes, fmt.Sprintf("The curl command has variables where the call had secrets: %v.", g.call.Variables))
	}
	return append(notes, g.notes...)
}

// bars draw the steps to scale.
func (c *call) bars() []bar {
	total := c.DurationMS
	for _, s := range c.Steps {
		total = max(total, s.OffsetMS+s.DurationMS)
	}
	var list []bar
	for _, s := range c.Steps {
		b := bar{Name: s.Name, Offset: "+" + duration(s.OffsetMS), Took: duration(s.DurationMS), Failed: s.Failed}
		if total > 0 {
			b.X, b.Width = percent(s.OffsetMS/total), percent(s.DurationMS/total)
		}
		list = append(list, b)
	}
	return list
}

func percent(share float64) float64 { return math.Round(min(max(share, 0), 1)*1e4) / 1e2 }

// size is a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes < 10_000:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 10_000_000:
		return fmt.Sprintf("%d kB", bytes/1000)
	}
	return fmt.Sprintf("%d MB", bytes/1_000_000)
}
