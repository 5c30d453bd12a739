package session

import (
	"time"

	"message-processor/tracing"
)

// script writes the points of one transaction: what the original's trace shows of a call without policies, section by
// section of its state machine.
type script struct {
	*Transaction
	points  []Point
	now     time.Time // of the points to come; never goes back
	pending bool      // the flow has been left and not re-entered
	end     state     // the last state that was reached
}

// Points are the steps of the trace in the original's order.
func (t *Transaction) Points() []Point {
	s := script{Transaction: t, now: t.record.Start.UTC(), end: t.last(), points: make([]Point, 0, 64)}
	s.pause()
	s.resume()
	for _, section := range sections {
		if section.state > s.end {
			break
		}
		section.play(&s)
	}
	switch {
	case s.abandoned():
		s.leave()
	case s.failed, s.targetError():
		s.fault()
	}
	s.finish()
	return s.points
}

// sections are what happens from the change into a state to the change into the next.
var sections = [...]struct {
	state state
	play  func(*script)
}{
	{reqHeadersParsed, (*script).headersParsed},
	{proxyReqFlow, (*script).proxyRequest},
	{targetReqFlow, (*script).targetRequest},
	{reqSent, (*script).requestSent},
	{respStart, (*script).responseStarted},
	{targetRespFlow, (*script).targetResponse},
	{proxyRespFlow, (*script).proxyResponse},
	{respSent, (*script).responseSent},
}

// at moves the clock on; a time that was not taken, or lies before, leaves it where it is.
func (s *script) at(t time.Time) {
	if t.After(s.now) {
		s.now = t.UTC()
	}
}

func (s *script) step(step tracing.Step) *tracing.Interval { return &s.record.Steps[step] }

func (s *script) add(id string, m *Message, access []Access, properties ...Property) {
	s.points = append(s.points, Point{ID: id, Time: s.now, Properties: properties, Message: m, Access: access})
}

func (s *script) pause() {
	s.points = append(s.points, Point{ID: Paused})
	s.pending = true
}

// resume re-enters the flow, if it had been left.
func (s *script) resume() {
	if s.pending {
		s.points = append(s.points, Point{ID: Resumed})
		s.pending = false
	}
}

// change is a change of state. Readers depend on To standing first.
func (s *script) change(from, to string, m Message) {
	s.add(StateChange, &m, nil, Property{"To", to}, Property{"From", from})
}

func (s *script) info(properties ...Property) { s.add(FlowInfo, nil, nil, properties...) }

// flows are the two points that say which flow of an endpoint is run; a flow without policies has no others.
func (s *script) flows(endpoint string, names ...string) {
	for _, name := range names {
		s.info(Property{endpoint + ".flow.name", name})
		s.info(Property{"current.flow.name", name})
	}
}

func (s *script) condition(tree, expression string, result bool, access ...Access) {
	text := "false"
	if result {
		text = "true"
	}
	s.add(Condition, nil, access, Property{"ExpressionResult", text}, Property{"Expression", expression},
		Property{"Tree", tree})
}

// proxyCondition asks whether the proxy endpoint's flow is the one to run. There is none before a proxy is found.
func (s *script) proxyCondition() {
	if s.record.API.Name != "" {
		s.condition("PROXY_default", `("default" equals proxy.name)`, true, get("proxy.name", "default"))
	}
}

func (s *script) targetCondition() {
	if s.hasTarget() {
		s.condition("TARGET_default", `("default" equals target.name)`, true, get("target.name", "default"))
	}
}
