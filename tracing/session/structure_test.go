package session_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// checkStructure holds a document against every rule that was observed in the original's files.
func checkStructure(t *testing.T, document []byte) {
	t.Helper()
	root := parse(t, document)
	for _, check := range []func(*testing.T, *node){checkFrame, checkPoints, checkTimes, checkProperties, checkMessages,
		checkStates, checkEnd, checkAnalytics} {
		check(t, root)
	}
	checkText(t, string(document))
}

func checkFrame(t *testing.T, root *node) {
	if !root.is("Data") || len(root.attrs) != 0 {
		t.Errorf("root %s with %v", root.name, root.attrs)
	}
	if first := root.children[0]; !first.is("Completed") || first.text != "true" {
		t.Errorf("the first child is %s", first.name)
	}
	if names := strings.ReplaceAll(root.names(), " Point", ""); names != "Completed" {
		t.Errorf("children %s", names)
	}
	points := root.points("")
	if points[0].attr("id") != "Paused" || points[1].attr("id") != "Resumed" {
		t.Error("does not begin with Paused, Resumed")
	}
	if points[len(points)-1].attr("id") != "Paused" {
		t.Error("does not end with Paused")
	}
}

// kinds are the children of a point by its id; M is a message element.
var kinds = map[string]*regexp.Regexp{
	"StateChange": regexp.MustCompile(`^DebugInfo M$`),
	"FlowInfo":    regexp.MustCompile(`^DebugInfo$`),
	"Condition":   regexp.MustCompile(`^DebugInfo VariableAccess$`),
	"Execution":   regexp.MustCompile(`^DebugInfo M VariableAccess$`),
	"Error":       regexp.MustCompile(`^DebugInfo$`),
	"DebugMask":   regexp.MustCompile(`^DebugInfo$`),
	"Paused":      regexp.MustCompile(`^$`),
	"Resumed":     regexp.MustCompile(`^$`),
}

var messageElement = regexp.MustCompile(`(Request|Response|Error)Message`)

func checkPoints(t *testing.T, root *node) {
	for _, p := range root.points("") {
		id := p.attr("id")
		kind, ok := kinds[id]
		if children := messageElement.ReplaceAllString(p.names(), "M"); !ok || !kind.MatchString(children) {
			t.Errorf("point %s has the children %s", id, p.names())
		}
		if len(p.attrs) != 1 {
			t.Errorf("point %s has the attributes %v", id, p.attrs)
		}
		if len(p.children) > 0 && p.child("DebugInfo").names() != "Timestamp Properties" {
			t.Errorf("DebugInfo of %s: %s", id, p.child("DebugInfo").names())
		}
	}
}

var stamp = regexp.MustCompile(`^\d\d-\d\d-\d\d \d\d:\d\d:\d\d:\d\d\d$`)

func checkTimes(t *testing.T, root *node) {
	var last time.Time
	for _, p := range root.points("") {
		if len(p.children) == 0 {
			continue
		}
		text := p.child("DebugInfo").child("Timestamp").text
		if !stamp.MatchString(text) {
			t.Errorf("timestamp %q", text)
		}
		now, err := time.Parse("02-01-06 15:04:05.000", text[:17]+"."+text[18:])
		if err != nil || now.Before(last) {
			t.Errorf("timestamp %s after %s (%v)", text, last, err)
		}
		last = now
	}
}

// order is how the properties of a point follow each other.
var order = map[string]*regexp.Regexp{
	"StateChange": regexp.MustCompile(`^To=\w+ From=\w+$`),
	"Condition":   regexp.MustCompile(`^ExpressionResult=(true|false) Expression=\(.*\) Tree=\w+$`),
	"Error":       regexp.MustCompile(`(?s)^error=.* type=ErrorPoint state=[A-Z_]+ error\.class=com\.apigee\.errors\.http\.(server|user)\.\w+$`),
	"DebugMask":   regexp.MustCompile(`^SuccessFullyMaskedConfigs=\[\]$`),
	"Execution":   regexp.MustCompile(`^(type=EchoRequestExecution|expressionResult=(true|false) type=Analytics\w+Publisher expression=\(analytics .*\)|expressionResult=false type=AnalyticsPublisher expression=\(analytics not null\))$`),
}

func checkProperties(t *testing.T, root *node) {
	for id, pattern := range order {
		for _, p := range root.points(id) {
			if text := strings.Join(p.properties(), " "); !pattern.MatchString(text) {
				t.Errorf("%s has the properties %s", id, text)
			}
		}
	}
	for _, p := range root.points("FlowInfo") {
		if len(p.properties()) == 0 {
			t.Error("an empty FlowInfo")
		}
	}
}

func checkMessages(t *testing.T, root *node) {
	for _, p := range root.points("") {
		m := p.message()
		want := ""
		switch m.name {
		case "":
			continue
		case "RequestMessage":
			want = "Headers URI Verb"
		default:
			want = "Headers ReasonPhrase StatusCode"
		}
		names := strings.TrimPrefix(m.names(), "Content ")
		if names != want && !(names == "Headers" && p.property("To") == "REQ_SENT") {
			t.Errorf("%s in %v has the children %s", m.name, p.properties(), m.names())
		}
		if n := utf8.RuneCountInString(m.child("Content").text); n > 505 {
			t.Errorf("content of %d characters", n)
		}
		checkEngineHeaders(t, p, m)
	}
}

// checkEngineHeaders: the engine's own fields are seen where the original shows them and nowhere else.
func checkEngineHeaders(t *testing.T, p, m *node) {
	var own []string
	for _, h := range m.child("Headers").children {
		if strings.HasPrefix(strings.ToLower(h.attr("name")), "x-apigee.") {
			own = append(own, h.attr("name"))
		}
	}
	to := p.property("To")
	posted := to == "PROXY_POST_RESP_SENT" || strings.HasPrefix(p.property("type"), "Analytics")
	if shown := to == "REQ_HEADERS_PARSED" || posted; shown != (len(own) > 0) {
		t.Errorf("%v shows %v", p.properties(), own)
	}
	if posted && (len(m.header("X-Apigee.Message-ID")) != 1 || len(m.header("Content-Length")) != 1 || len(m.header("Connection")) != 0) {
		t.Errorf("%v shows the fields %s", p.properties(), m.child("Headers").names())
	}
}

var transitions = []string{"REQ_START>REQ_HEADERS_PARSED", "REQ_HEADERS_PARSED>PROXY_REQ_FLOW",
	"PROXY_REQ_FLOW>TARGET_REQ_FLOW", "PROXY_REQ_FLOW>PROXY_RESP_FLOW", "TARGET_REQ_FLOW>REQ_SENT",
	"REQ_SENT>RESP_START", "RESP_START>TARGET_RESP_FLOW", "TARGET_RESP_FLOW>PROXY_RESP_FLOW",
	"PROXY_RESP_FLOW>RESP_SENT", "ERROR>RESP_SENT", "RESP_SENT>END", "END>PROXY_POST_RESP_SENT"}

func checkStates(t *testing.T, root *node) {
	state := "REQ_START"
	for _, p := range root.children {
		switch p.attr("id") {
		case "Error":
			if p.property("state") != state {
				t.Errorf("an error of %s in state %s", p.property("state"), state)
			}
		case "StateChange":
			from, to := p.property("From"), p.property("To")
			if from != state && from != "ERROR" {
				t.Errorf("from %s in state %s", from, state)
			}
			left := to == "END" && root.leftAt(state)
			if !left && !slices.Contains(transitions, from+">"+to) {
				t.Errorf("no such transition: %s>%s", from, to)
			}
			state = to
		}
	}
	if state != "PROXY_POST_RESP_SENT" {
		t.Errorf("ends in state %s", state)
	}
}

// leftAt tells whether the client was gone before an answer, of which the original shows nothing.
func (n *node) leftAt(state string) bool {
	for _, p := range n.points("StateChange") {
		if p.property("From") == state && p.property("To") == "END" {
			return p.message().child("StatusCode").text == "499"
		}
	}
	return false
}

func checkEnd(t *testing.T, root *node) {
	var ids []string
	for _, p := range root.points("") {
		id := p.attr("id")
		if id == "StateChange" {
			id = p.property("To")
		}
		ids = append(ids, id)
	}
	text := strings.Join(ids, " ")
	end := regexp.MustCompile(` END DebugMask Resumed PROXY_POST_RESP_SENT (Condition )?FlowInfo FlowInfo Paused Execution Resumed Execution Paused$`)
	if !end.MatchString(text) {
		t.Errorf("the points are %s", text)
	}
}

func checkAnalytics(t *testing.T, root *node) {
	executions := root.points("Execution")
	if len(executions) < 2 {
		t.Fatalf("%d executions", len(executions))
	}
	first, last := executions[len(executions)-2], executions[len(executions)-1]
	if first.property("type") != "AnalyticsPredefinedVariablesPublisher" || first.property("expressionResult") != "true" ||
		len(first.child("VariableAccess").children) != 0 {
		t.Errorf("the first step of analytics: %v", first.properties())
	}
	if last.property("type") != "AnalyticsPublisher" || last.property("expressionResult") != "false" {
		t.Errorf("the second step of analytics: %v", last.properties())
	}
	read := last.child("VariableAccess").children
	if len(read) != 70 || read[0].attr("name") != "organization.name" || read[69].attr("name") != "analytics" {
		t.Errorf("%d variables", len(read))
	}
	for _, get := range read {
		if get.attr("name") == "messageid" && get.attr("value") != last.message().header("X-Apigee.Message-ID")[0] {
			t.Error("messageid is not X-Apigee.Message-ID")
		}
	}
}

// checkText is for tools that search these files as text.
func checkText(t *testing.T, document string) {
	if !strings.HasPrefix(document, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\n<Data>\n    <Completed>true</Completed>\n    <Point id=\"Paused\"/>\n") {
		t.Errorf("begins with %.150s", document)
	}
	if regexp.MustCompile(`<(Get|Set) name="[^"]*" value=`).MatchString(document) {
		t.Error("name stands before value")
	}
	if strings.Contains(document, "\t<") || !utf8.ValidString(document) {
		t.Error("not indented with blanks, or not UTF-8")
	}
}
