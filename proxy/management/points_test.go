package management

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing/session"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func point(id string, after time.Duration, properties ...string) session.Point {
	p := session.Point{ID: id, Time: noon.Add(after)}
	for i := 0; i+1 < len(properties); i += 2 {
		p.Properties = append(p.Properties, session.Property{Name: properties[i], Value: properties[i+1]})
	}
	return p
}

func TestEachPointHasATitleAKindAndATime(t *testing.T) {
	points := []session.Point{
		{ID: session.Paused},
		point(session.StateChange, 0, "To", "REQ_HEADERS_PARSED", "From", "REQ_START"),
		point(session.FlowInfo, time.Millisecond, "a", "1", "b", "2"),
		point(session.Condition, time.Millisecond, "ExpressionResult", "true", "Expression", `("default" equals proxy.name)`, "Tree", "PROXY_default"),
		point(session.Error, 2*time.Second, "error", "Bad Gateway", "type", "ErrorPoint", "state", "TARGET_REQ_FLOW"),
		point(session.Execution, 2*time.Second, "type", "EchoRequestExecution"),
		point(session.Execution, 2*time.Second, "type", "AnalyticsPublisher"),
		point(session.DebugMask, 2*time.Second, "SuccessFullyMaskedConfigs", "[]"),
		point("SomethingNew", -time.Second),
	}
	want := []pointView{
		{Title: "", Kind: "minor"},
		{Title: "REQ_START → REQ_HEADERS_PARSED", Kind: "state", At: "+0 ms", Detail: true},
		{Title: "a = 1, b = 2", Kind: "flow", At: "+1.00 ms", Detail: true},
		{Title: `PROXY_default: ("default" equals proxy.name) is true`, Kind: "flow", At: "+1.00 ms", Detail: true},
		{Title: "Bad Gateway in TARGET_REQ_FLOW", Kind: "error", At: "+2.00 s", Gap: "2.00 s", Detail: true},
		{Title: "EchoRequestExecution", Kind: "flow", At: "+2.00 s", Detail: true},
		{Title: "Analytics Data Recorded", Kind: "analytics", At: "+2.00 s", Detail: true},
		{Title: "SuccessFullyMaskedConfigs = []", Kind: "flow", At: "+2.00 s", Detail: true},
		{Title: "", Kind: "flow", At: "+0 ms"},
	}
	got := pointViews(points, noon, 2000)
	for i := range got {
		got[i].Point = session.Point{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyLongSilencesAreGaps(t *testing.T) {
	points := []session.Point{point(session.FlowInfo, 40*time.Millisecond), point(session.FlowInfo, 100*time.Millisecond)}
	for total, want := range map[float64]string{100: "60.0 ms", 600: "60.0 ms", 601: ""} {
		got := pointViews(points, noon, total)
		if got[0].Gap != "" || got[1].Gap != want {
			t.Errorf("of %v ms: %q, %q", total, got[0].Gap, got[1].Gap)
		}
	}
}

func TestAVariableHasItsLastValue(t *testing.T) {
	points := []session.Point{point(session.FlowInfo, 0, "b", "1", "a", "1"), point(session.StateChange, 0, "To", "END"),
		point(session.FlowInfo, 0, "b", "2")}
	want := []session.Property{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}
	if diff := cmp.Diff(want, variables(points)); diff != "" {
		t.Error(diff)
	}
	if got := analytics(points); got != nil {
		t.Errorf("analytics of a trace without that step: %v", got)
	}
}
