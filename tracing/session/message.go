package session

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"message-processor/tracing"
)

// Received is the request as the client sent it (masked), to repeat it: its headers in their order, without those the
// trace adds. Content is cut like everywhere in a trace.
func (t *Transaction) Received() Message {
	return t.requestBody.into(Message{Kind: RequestMessage, URI: t.path, Verb: t.verb,
		Headers: fields(&t.request, func(string) bool { return true })})
}

func (t *Transaction) requestMessage(keep func(name string) bool) Message {
	return Message{Kind: RequestMessage, Headers: headers(&t.request, keep), URI: t.path, Verb: t.verb}
}

// requestAsRouted is the request with the fields a router in front adds, in whose place this gateway stands: they are
// seen in this one state. A client cannot forge them.
func (t *Transaction) requestAsRouted() Message {
	m := t.requestMessage(notDotted)
	add := func(name, value string) { m.Headers = append(m.Headers, Property{"X-Apigee." + name, value}) }
	api := &t.record.API
	if api.Name != "" {
		add("application", api.Name)
		add("proxy", "default")
		add("revision", strconv.Itoa(api.Revision))
	}
	add("environment", api.Environment)
	add("organization", api.Organization)
	add("vhost", t.options.VirtualHost)
	t.forward(&m)
	return m
}

// requestInFlow is the request inside the proxy endpoint.
func (t *Transaction) requestInFlow() Message {
	m := t.requestBody.into(t.requestMessage(notDotted))
	t.forward(&m)
	return m
}

// requestToTarget is the request before its Host is replaced by the target's, as a trace shows it.
func (t *Transaction) requestToTarget() Message {
	m := t.requestBody.into(t.requestMessage(notApigee))
	t.forward(&m)
	return m
}

// forward replaces the forwarding fields by those the target received, or would have received.
func (t *Transaction) forward(m *Message) {
	_, port := t.options.listener()
	for _, h := range [...]Property{{"X-Forwarded-For", t.forwardedFor()}, {"X-Forwarded-Port", port}, {"X-Forwarded-Proto", "http"}} {
		m.Headers = without(m.Headers, h.Name)
		if value, ok := t.sent.get(h.Name); ok {
			h.Value = value
		}
		if h.Value != "" {
			m.Headers = append(m.Headers, h)
		}
	}
	order(m.Headers)
}

func without(list []Property, name string) []Property {
	return slices.DeleteFunc(list, func(h Property) bool { return strings.EqualFold(h.Name, name) })
}

// forwardedFor is the list the client brought, and the client.
func (t *Transaction) forwardedFor() string {
	var list []string
	for _, f := range t.request.fields {
		if equalFold(f.name, "x-forwarded-for") && len(f.value) > 0 {
			list = append(list, string(f.value))
		}
	}
	if ip := t.clientIP(); ip != "" {
		list = append(list, ip)
	}
	return strings.Join(list, ", ")
}

func (t *Transaction) clientIP() string {
	if !t.record.Client.IsValid() {
		return ""
	}
	return t.record.Client.Addr().String()
}

// responseHead is the target's answer before its body: with nothing in it if none came.
func (t *Transaction) responseHead() Message {
	_, _, reason := t.response.words()
	return Message{Kind: ResponseMessage, Headers: headers(&t.response, notDotted), Reason: reason,
		Status: t.targetStatus()}
}

func (t *Transaction) responseFromTarget() Message { return t.responseBody.into(t.responseHead()) }

// reply is what the client is answered, without the fields that only the last state shows: the fault's document, the
// target's message, or an answer made here.
func (t *Transaction) reply() Message {
	switch {
	case t.abandoned():
		return Message{Kind: ErrorMessage, Headers: []Property{}, Reason: "Client Closed Request",
			Status: tracing.StatusClientClosed}
	case t.passed():
		m := t.responseFromTarget()
		m.Headers = headers(&t.response, notApigee)
		if t.targetError() {
			m.Kind = ErrorMessage
		}
		return m
	case t.failed:
		return t.ownBody.into(Message{Kind: ErrorMessage, Headers: []Property{{"Content-Type", "application/json"}},
			Reason: t.failure.Fault.Reason, Status: t.failure.Fault.Status})
	}
	_, _, reason := t.answer.words()
	return t.ownBody.into(Message{Kind: ResponseMessage, Headers: headers(&t.answer, notApigee),
		Reason: cmp.Or(reason, http.StatusText(t.record.Status)), Status: t.record.Status})
}

// replyOnWire is reply as it went out, and from here on with what the original's engine adds for itself: the message
// id and, of a fault, what it was. The body is gone by then.
func (t *Transaction) replyOnWire() Message {
	m := t.reply()
	m.Content, m.Truncated = "", false
	m.Headers = without(m.Headers, "Connection")
	add := func(name, value string) { m.Headers = append(m.Headers, Property{name, value}) }
	if !slices.ContainsFunc(m.Headers, func(h Property) bool { return strings.EqualFold(h.Name, "Content-Length") }) {
		add("Content-Length", strconv.FormatInt(t.record.BytesOut, 10))
	}
	if code := t.faultCode(); code != "" {
		add("X-Apigee.fault-code", code)
		add("X-Apigee.fault-flag", "false")
		add("X-Apigee.fault-policy", "null/null")
		if t.record.API.Name != "" {
			add("X-Apigee.fault-revision", t.revisionPath())
		}
		add("X-Apigee.fault-source", t.faultSource())
	}
	add("X-Apigee.Message-ID", t.record.MessageID)
	order(m.Headers)
	return m
}

func (t *Transaction) revisionPath() string {
	api := &t.record.API
	return "/organizations/" + api.Organization + "/environments/" + api.Environment + "/apiproxies/" + api.Name +
		"/revisions/" + strconv.Itoa(api.Revision)
}

// headers are the fields of a head that keep lets through, in the original's order.
func headers(h *head, keep func(name string) bool) []Property {
	list := fields(h, keep)
	order(list)
	return list
}

func fields(h *head, keep func(name string) bool) []Property {
	list := make([]Property, 0, len(h.fields)+8)
	for _, f := range h.fields {
		if name := string(f.name); keep(name) {
			list = append(list, Property{name, string(f.value)})
		}
	}
	return list
}

// order sorts as the original's map of headers does, and leaves repeats in their order.
func order(list []Property) {
	slices.SortStableFunc(list, func(a, b Property) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
}

// notDotted keeps what is not named like the engine's own fields, which nobody else can set.
func notDotted(name string) bool { return !hasFoldPrefix(name, "x-apigee.") }

// notApigee keeps what the gateway passes on.
func notApigee(name string) bool { return notDotted(name) && !hasFoldPrefix(name, "x-apigee-") }

func hasFoldPrefix(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

func (c *content) into(m Message) Message {
	m.Content, m.Truncated = c.shown(), c.cut
	return m
}
