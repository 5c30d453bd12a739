package management

import (
	"context"
	"net/http"
	"net/url"

	"message-processor/tracing/session"
)

// transactionView is everything there is to know about one call.
type transactionView struct {
	Head head
	session.Summary
	Tone      string
	Took      string
	Reason    string
	Back      string // the page it was reached from
	BackTitle string
	Data      string // its address in the API
	Jaeger    string // "" without a link
	Capture   string // address of the packet capture; "" without one
	Packets   string // what the capture says, as text
	Picture   waterfall
	Points    []pointView
	Variables []session.Property
	Analytics []session.Access
	LogKnown  bool // LogLines can be asked
	LogLines  []string
	Repeat    repeat
}

// When is the time at which the request began.
func (v transactionView) When() string { return v.Time.UTC().Format("2006-01-02 15:04:05.000 UTC") }

func (p *tracePage) serveRecorded(w http.ResponseWriter, r *http.Request) {
	scope, name := p.scope(r), r.PathValue("s")
	t, err := p.o.Sessions.Get(scope, name, r.PathValue("t"))
	if err != nil {
		p.gone(w)
		return
	}
	view := p.view(r.Context(), t)
	view.Back, view.BackTitle = sessionPath(scope, name), "Session "+name
	view.Data = sessionAPIPath(scope, name) + "/data/" + url.PathEscape(t.ID())
	render(w, http.StatusOK, p.transaction, view)
}

func (p *tracePage) serveFault(w http.ResponseWriter, r *http.Request) {
	t, err := p.o.Sessions.Fault(r.PathValue("t"))
	if err != nil {
		p.gone(w)
		return
	}
	view := p.view(r.Context(), t)
	view.Back, view.BackTitle = "/", "Kept faults"
	view.Data = environmentPath(p.o.Organization(), p.o.Environment()) + "/faults/" + url.PathEscape(t.ID())
	render(w, http.StatusOK, p.transaction, view)
}

func (p *tracePage) view(ctx context.Context, t *session.Transaction) transactionView {
	s, points := t.Summary(), t.Points()
	view := transactionView{
		Head: p.head(s.Method+" "+s.Path, ""), Summary: s, Tone: tone(s), Took: milliseconds(s.DurationMS),
		Reason: http.StatusText(s.Status), Picture: draw(s), Points: pointViews(points, s.Time, s.DurationMS),
		Variables: variables(points), Analytics: analytics(points), Repeat: curl(p.o.Gateway(), t.Received()),
	}
	if ui := p.o.TracingUI(); ui != "" {
		view.Jaeger = ui + "/trace/" + s.TraceID
	}
	if view.Packets = (captures{p.o}).analysis(ctx, s.MessageID); view.Packets != "" {
		view.Capture = "/captures/" + url.PathEscape(s.MessageID)
	}
	if p.o.LogLines != nil {
		view.LogKnown, view.LogLines = true, p.o.LogLines(s.MessageID)
	}
	return view
}
