package incident

import (
	"time"

	"message-processor/faults"
	"message-processor/faults/diagnosis/logs"
	"message-processor/tracing/systemlog"
)

// fromLog finds the lines that a fault has written.
func fromLog(text string) (all []Incident) {
	for _, event := range logs.SplitEvents(text) {
		e, err := systemlog.Parse(event)
		if err != nil {
			continue
		}
		if i, ok := fromEvent(e); ok && len(all) < maxIncidents {
			i.Line = firstLine(event)
			all = append(all, i)
		}
	}
	return all
}

func firstLine(text string) string {
	for i := range len(text) {
		if text[i] == '\n' || text[i] == '\r' {
			return text[:i]
		}
	}
	return text
}

func fromEvent(e systemlog.Event) (Incident, bool) {
	f, _, ok := faults.Recognise(e.Message)
	if !ok {
		return Incident{}, false
	}
	i := Incident{Source: "line of system.log", MessageID: e.MessageID, Time: e.Time, Organization: e.Org, Environment: e.Env, API: e.API, Fault: f}
	i.Revision = revision(e.Revision)
	i.learn("the text of the line is that of %s, %d", f.TraceCode, f.Status)
	c, connected := systemlog.ParseChannel(e.Message)
	if connected {
		i.learn("connection %d was used for request %d on it; %d bytes of the answer had come, %d of the request had gone, it was %v old",
			c.ID, c.UseCount, c.BytesRead, c.BytesWritten, c.Age)
	}
	i.behave(exchange{secure: c.Secure, reused: c.UseCount > 1, bytesRead: c.BytesRead, bytesWritten: c.BytesWritten})
	i.timed(c.Age, c.LastIO)
	return i, i.Does != "" || i.Client != ""
}

// timed notes the timer behind a fault that is one's running out, from the age of the connection and its rest.
func (i *Incident) timed(age, rest time.Duration) {
	switch i.Fault.ID {
	case faults.BadGatewayTLSHandshakeTimeout:
		i.timer("handshake_timeout", age)
	case faults.TargetConnectTimeout:
		i.timer("connect_timeout", max(age, 3*time.Second)) // lines of the original have no age here; 3s is its default
	case faults.GatewayTimeoutTargetIO:
		i.timer("io_timeout", rest)
	case faults.APITimedOut:
		i.timer("api_timeout", age)
	}
}
