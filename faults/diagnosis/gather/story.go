package gather

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// item is a line of the must-gather list.
type item struct {
	What string
	File string // "" if it is not there
	Why  string // why not
}

// wanted is the playbook's list for a form: what it calls things, and the files that hold them here.
func (g *gathering) wanted() []item {
	packets := item{What: "TCP/IP packets"}
	for _, name := range []string{"capture.pcapng", "capture.pcap"} {
		if g.has(name) {
			packets.File = name
		}
	}
	trace, sections := item{What: "Trace file showing the error", File: "trace.xml"}, item{What: "Playbook sections tried", File: "playbook.txt"}
	curl := item{What: "Complete curl command", File: "curl.sh"}
	if g.Form == Public {
		return []item{{What: "Organization, environment, API proxy", File: "facts.txt"}, curl, trace, packets, sections}
	}
	return []item{{What: "Complete error message", File: "error-message.txt"}, {What: "API proxy", File: "configuration/proxy.yaml"},
		trace, {What: "Message Processor log", File: "system.log"}, packets, curl,
		{What: "Organization, environment, API proxy", File: "facts.txt"}, sections}
}

// reasons are the words under which a part of the list is missing.
var reasons = map[string]string{"Complete error message": "error message", "API proxy": "API proxy in force",
	"Trace file showing the error": "trace file", "Message Processor log": "lines of system.log",
	"TCP/IP packets": "packet capture", "Complete curl command": "curl command"}

// checklist is the list with what is missing, and why.
func (g *gathering) checklist() []item {
	list := g.wanted()
	for i := range list {
		if list[i].File != "" && g.has(list[i].File) {
			continue
		}
		list[i].File, list[i].Why = "", "not there"
		for _, m := range g.missing {
			if m.What == reasons[list[i].What] {
				list[i].Why = m.Why
			}
		}
	}
	return list
}

// section is a section of the playbook and what came out of it.
type section struct {
	Name  string
	Tried bool
	Found string
}

// sections are the playbook's, in its order.
func (g *gathering) sections() []section {
	c := &g.call
	list := []section{{"Investigate the trace session output", g.has("trace.xml"), c.traceSays()}}
	if g.Form == Private {
		list = append(list,
			section{"Connect to the backend from the Message Processor", g.probe != "", firstLine(g.probe)},
			section{"Search system.log for the message id", len(g.log.lines) > 0, g.log.says()})
	}
	list = append(list, section{"Capture TCP/IP packets", g.capture, map[bool]string{true: "see the capture"}[g.capture]})
	if g.Form == Private {
		list = append(list, section{"API Monitoring", g.has("state/metrics.txt"), g.monitoringSays()})
	}
	for i := range list {
		if !list[i].Tried {
			list[i].Found = ""
		}
	}
	return list
}

func (c *call) traceSays() string {
	if !c.found {
		return ""
	}
	text := fmt.Sprintf("%d after %s", c.Status, duration(c.DurationMS))
	if c.Fault != "" {
		text += ", fault " + c.Fault + " from the " + c.FaultSource
	}
	return visible(text)
}

func (l *logExcerpt) says() string {
	if len(l.lines) == 0 {
		return ""
	}
	at := slices.IndexFunc(l.lines, func(line string) bool { return strings.Contains(line, " ERROR ") })
	line := l.lines[max(at, 0)]
	if _, message, found := strings.Cut(line, " - "); found {
		return message
	}
	return line
}

// monitoringSays finds the counter of the call's fault.
func (g *gathering) monitoringSays() string {
	metrics := g.archive.find("state/metrics.txt")
	if metrics == nil {
		return ""
	}
	for line := range strings.Lines(string(metrics.content)) {
		if strings.HasPrefix(line, "apigee_faults_total{") && strings.Contains(line, `"`+g.call.Fault+`"`) && strings.Contains(line, `"`+g.call.API+`"`) {
			return strings.TrimSpace(line)
		}
	}
	return "see state/metrics.txt"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

func duration(ms float64) string {
	switch {
	case ms < 0.01:
		return "< 0.01 ms"
	case ms < 1:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2f s", ms/1000)
}

// addStory adds what is made of everything else: sections tried, the page, the manifest.
func (g *gathering) addStory(context.Context) error {
	var out strings.Builder
	for _, s := range g.sections() {
		mark := "not tried"
		if s.Tried {
			mark = "tried"
		}
		fmt.Fprintf(&out, "%-9s  %s\n", mark, s.Name)
		if s.Found != "" {
			fmt.Fprintf(&out, "           %s\n", s.Found)
		}
	}
	if v := g.call.Verdict; v.Summary != "" {
		fmt.Fprintf(&out, "\nVerdict: %s\n%s\nNext step: %s\n", v.ID, visible(v.Summary), visible(v.NextStep))
	}
	g.archive.add("playbook.txt", "the playbook's sections: which were tried, and what they showed", []byte(out.String()))
	page, err := g.page()
	if err != nil {
		return err
	}
	g.archive.add("index.html", "the story of the call; open it in a browser", page)
	g.archive.entries = append(g.archive.entries[len(g.archive.entries)-1:], g.archive.entries[:len(g.archive.entries)-1]...)
	g.say("%d files", len(g.archive.entries)+1)
	return g.archive.addManifest(g.MessageID, g.began)
}
