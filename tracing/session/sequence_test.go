package session_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing"
)

// outline is a trace in a few words: a point is its id and what tells it from others.
func outline(root *node) (list []string) {
	for _, p := range root.points("") {
		text := p.attr("id")
		switch {
		case text == "StateChange":
			text = p.property("From") + ">" + p.property("To") + " " + strings.TrimSuffix(p.message().name, "Message")
			if p.message().child("Content").text != "" {
				text += " with content"
			}
		case text == "Condition":
			text += " " + p.property("Tree") + " " + p.property("ExpressionResult")
		case text == "Execution":
			text += " " + p.property("type")
		case strings.HasSuffix(strings.Split(strings.Join(p.properties(), ""), "=")[0], "flow.name"):
			text += " " + p.properties()[0]
		case len(p.properties()) > 0 && text == "FlowInfo":
			text += " " + strings.Split(p.properties()[0], "=")[0]
		}
		list = append(list, text)
	}
	return list
}

const (
	beginning = `Paused
Resumed
REQ_START>REQ_HEADERS_PARSED Request
FlowInfo environment.name
FlowInfo organization.name
FlowInfo apiproxy.qualifiedname
FlowInfo proxy.basepath
FlowInfo virtualhost.port
REQ_HEADERS_PARSED>PROXY_REQ_FLOW Request
Condition PROXY_default true
FlowInfo proxy.flow.name=PreFlow
FlowInfo current.flow.name=PreFlow
FlowInfo proxy.flow.name=PostFlow
FlowInfo current.flow.name=PostFlow
`
	proxyFlow = `Condition PROXY_default true
FlowInfo proxy.flow.name=PreFlow
FlowInfo current.flow.name=PreFlow
FlowInfo proxy.flow.name=PostFlow
FlowInfo current.flow.name=PostFlow
PROXY_RESP_FLOW>RESP_SENT Response
Condition PROXY_default true
`
	targetFlow = `Condition TARGET_default true
FlowInfo target.flow.name=PreFlow
FlowInfo current.flow.name=PreFlow
FlowInfo target.flow.name=PostFlow
FlowInfo current.flow.name=PostFlow
`
	ending = `RESP_SENT>END Response
DebugMask
Resumed
END>PROXY_POST_RESP_SENT Response
Condition PROXY_default true
FlowInfo proxy.flow.name=PostClientFlow
FlowInfo current.flow.name=PostClientFlow
Paused
Execution AnalyticsPredefinedVariablesPublisher
Resumed
Execution AnalyticsPublisher
Paused`
)

func checkOutline(t *testing.T, c *call, want string) {
	t.Helper()
	got := outline(parse(t, record(t, c).AppendXML(nil)))
	if diff := cmp.Diff(strings.Split(want, "\n"), got); diff != "" {
		t.Error(diff)
	}
}

func TestPointsOfACallWithoutATarget(t *testing.T) {
	checkOutline(t, answeredHere(), beginning+"Execution EchoRequestExecution\nPROXY_REQ_FLOW>PROXY_RESP_FLOW Response\n"+proxyFlow+ending)
}

func TestPointsOfACallWithATarget(t *testing.T) {
	checkOutline(t, keptConnection(), beginning+"FlowInfo route.name\nFlowInfo target.name\n"+
		"PROXY_REQ_FLOW>TARGET_REQ_FLOW Request\n"+targetFlow+"Paused\nFlowInfo targetendpoint_default.resolvedAddress\n"+
		"FlowInfo target_info.verb\nResumed\nTARGET_REQ_FLOW>REQ_SENT Response\nREQ_SENT>RESP_START Response\n"+
		"Condition TARGET_default true\nPaused\nResumed\nRESP_START>TARGET_RESP_FLOW Response\n"+targetFlow+
		"TARGET_RESP_FLOW>PROXY_RESP_FLOW Response\n"+proxyFlow+"Condition TARGET_default true\n"+ending)
}

func TestPointsOfATargetsOwnError(t *testing.T) {
	c := passedThrough400()
	c.Messages.ResponseBody, c.BytesOut = nil, 0
	got := strings.Join(outline(parse(t, record(t, c).AppendXML(nil))), "\n")
	_, after, _ := strings.Cut(got, "RESP_START>TARGET_RESP_FLOW Response\n")
	want := `FlowInfo Identifier
Error
Condition PROXY_FAULT_HANDLING false
Condition TARGET_FAULT_HANDLING true
Condition TARGET_default true
ERROR>RESP_SENT Error
Condition PROXY_default true
Condition TARGET_default true
` + strings.ReplaceAll(ending, " Response", " Error")
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(after, "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestTheBodyIsShownInTheStatesThatHaveIt(t *testing.T) {
	root := parse(t, record(t, success()).AppendXML(nil))
	var with []string
	for _, line := range outline(root) {
		if change, ok := strings.CutSuffix(line, " with content"); ok {
			with = append(with, change)
		}
	}
	want := []string{"REQ_HEADERS_PARSED>PROXY_REQ_FLOW Request", "PROXY_REQ_FLOW>TARGET_REQ_FLOW Request",
		"RESP_START>TARGET_RESP_FLOW Response", "TARGET_RESP_FLOW>PROXY_RESP_FLOW Response",
		"PROXY_RESP_FLOW>RESP_SENT Response", "RESP_SENT>END Response"}
	if diff := cmp.Diff(want, with); diff != "" {
		t.Error(diff)
	}
}

// error.state is read once for each operand up to the first that is true.
func TestFaultHandlingReadsTheStateAsOftenAsItMust(t *testing.T) {
	tests := []struct {
		name  string
		call  func() *call
		reads [2]int
	}{
		{"TARGET_REQ_FLOW", handshakeTimeout, [2]int{2, 1}}, {"TARGET_RESP_FLOW", passedThrough400, [2]int{2, 2}},
		{"REQ_SENT", endings[12].call, [2]int{2, 3}}, {"RESP_START", refused405, [2]int{2, 4}},
		{"REQ_HEADERS_PARSED", endings[5].call, [2]int{2, 4}},
		{"PROXY_RESP_FLOW", func() *call {
			return newCall("GET", "/").connect().secure().send().fail("internal_error", tracing.Respond, nil)
		}, [2]int{2, 4}},
	}
	for _, test := range tests {
		var reads [2]int
		for _, p := range parse(t, record(t, test.call()).AppendXML(nil)).points("Condition") {
			switch p.property("Tree") {
			case "PROXY_FAULT_HANDLING":
				reads[0] = len(p.child("VariableAccess").children)
			case "TARGET_FAULT_HANDLING":
				reads[1] = len(p.child("VariableAccess").children)
			}
		}
		if reads != test.reads {
			t.Errorf("%s: %v reads, want %v", test.name, reads, test.reads)
		}
	}
}

func TestErrorClasses(t *testing.T) {
	const server, user = "com.apigee.errors.http.server.", "com.apigee.errors.http.user."
	for want, c := range map[string]*call{
		server + "ServiceUnavailableException": connectFailure(), server + "GatewayTimeout": endings[12].call(),
		server + "BadGateway": handshakeTimeout(), user + "NotFound": endings[5].call(), user + "RequestURITooLong": endings[4].call(),
	} {
		if p := parse(t, record(t, c).AppendXML(nil)).points("Error")[0]; p.property("error.class") != want {
			t.Errorf("%s, want %s", p.property("error.class"), want)
		}
	}
	if p := parse(t, record(t, passedThrough400()).AppendXML(nil)).points("Error")[0]; p.property("error.class") != server+"BadGateway" {
		t.Errorf("the target's own error: %s", p.property("error.class"))
	}
}
