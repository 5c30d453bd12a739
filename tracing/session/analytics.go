package session

import (
	"strconv"
	"time"

	"message-processor/tracing"
)

// analyticsNames are the variables that the analytics step reads, in the original's order; repeats are its own.
var analyticsNames = [...]string{
	"organization.name", "environment.name", "organization.name", "environment.name", "apiproxy.name",
	"apiproxy.revision", "proxy.name", "proxy.basepath", "proxy.pathsuffix", "request.header.X-Forwarded-For",
	"proxy.client.ip", "target.name", "target.basepath", "target.url", "target.host", "target.ip", "client.ip",
	"is.error", execution + "is_policy_error", execution + "is_target_error", "target.sent.start.timestamp",
	"target.sent.end.timestamp", "target.received.start.timestamp", "target.received.end.timestamp",
	"client.received.start.timestamp", "client.received.end.timestamp", "client.sent.start.timestamp",
	"client.sent.end.timestamp", "message.status.code", "request.uri", "request.path", "request.verb",
	"virtualhost.name", "apigee.developer.app.name", "apigee.apiproduct.name", "apigee.access_token",
	"apigee.client_id", "flow.resource.name", "messageid", "sla", "client.received.content.length",
	"target.received.content.length", "cachehit", "responsecache.executed", "responsecache.cachename",
	"responsecache.cachekey", "responsecache.cachesource", "responsecache.l1.count", "apigee.developer.id",
	"target.response.status.code", "request.header.X-Forwarded-For", "apigee.developer.email",
	"request.header.User-Agent", "request.header.X-Apigee-Client-Device-Id",
	"request.header.X-Apigee-Client-Session-Id", "request.header.X-Apigee-Client-Org-Name",
	"request.header.X-Apigee-Client-App-Name", "request.header.X-Apigee-Client-Request-Id",
	execution + "fault_code", execution + "is_apigee_fault", "system.region.name",
	execution + "fault_policy_name", execution + "fault_flow_name", execution + "fault_flow_state",
	metrics + "REQUEST_START_FLOW.starttimestamp", metrics + "REQUEST_START_FLOW.endtimestamp",
	metrics + "RESPONSE_START_FLOW.starttimestamp", metrics + "RESPONSE_END_FLOW.endtimestamp",
	"request.header.True-client-ip", "analytics",
}

const (
	execution = "apigee.edge.execution."
	metrics   = execution + "metrics."
)

// analytics are the last two steps, both with the answer as it went out.
func (s *script) analytics(m Message) {
	s.add(Execution, &m, []Access{}, Property{"expressionResult", "true"},
		Property{"type", "AnalyticsPredefinedVariablesPublisher"}, Property{"expression", "(analytics equals null )"})
	s.resume()
	known := s.analyticsValues()
	read := make([]Access, 0, len(analyticsNames))
	for _, name := range analyticsNames {
		value, ok := known[name]
		read = append(read, Access{Name: name, Value: value, HasValue: ok})
	}
	s.add(Execution, &m, read, Property{"expressionResult", "false"},
		Property{"type", "AnalyticsPublisher"}, Property{"expression", "(analytics not null)"})
	s.pause()
}

func (s *script) analyticsValues() map[string]string {
	api := &s.record.API
	known := map[string]string{
		"organization.name": api.Organization, "environment.name": api.Environment,
		"client.ip": s.clientIP(), "proxy.client.ip": s.clientIP(),
		"request.uri": s.path, "request.path": s.pathOnly(), "request.verb": s.verb,
		"request.header.X-Forwarded-For": s.forwardedFor(),
		"virtualhost.name":               s.options.VirtualHost, "messageid": s.record.MessageID,
		"client.received.content.length": strconv.FormatInt(s.record.BytesIn, 10),
		"message.status.code":            strconv.Itoa(s.record.Status),
		"is.error":                       strconv.FormatBool(s.faultCode() != ""),
	}
	for _, name := range []string{"User-Agent", "True-client-ip", "X-Apigee-Client-Device-Id",
		"X-Apigee-Client-Session-Id", "X-Apigee-Client-Org-Name", "X-Apigee-Client-App-Name",
		"X-Apigee-Client-Request-Id"} {
		if value, ok := s.request.get(name); ok {
			known["request.header."+name] = value
		}
	}
	if api.Name != "" {
		known["apiproxy.name"], known["apiproxy.revision"] = api.Name, strconv.Itoa(api.Revision)
		known["proxy.name"], known["proxy.basepath"], known["proxy.pathsuffix"] = "default", api.BasePath, s.pathSuffix()
	}
	s.analyticsTimes(known)
	s.analyticsTarget(known)
	s.analyticsFault(known)
	return known
}

// analyticsTimes are epoch milliseconds. What did not happen has no value: after a handshake timeout nothing was sent
// to the target.
func (s *script) analyticsTimes(known map[string]string) {
	set := func(name string, t time.Time) {
		if !t.IsZero() {
			known[name] = strconv.FormatInt(t.UnixMilli(), 10)
		}
	}
	set("client.received.start.timestamp", s.record.Start)
	set("client.received.end.timestamp", s.step(tracing.Request).End)
	set("client.sent.start.timestamp", s.step(tracing.Respond).Start)
	set("client.sent.end.timestamp", s.step(tracing.Respond).End)
	set("target.sent.start.timestamp", s.step(tracing.Send).Start)
	set("target.sent.end.timestamp", s.step(tracing.Send).End)
	set("target.received.start.timestamp", s.step(tracing.Receive).Start)
	set("target.received.end.timestamp", s.step(tracing.Receive).End)
	set(metrics+"REQUEST_START_FLOW.starttimestamp", s.step(tracing.Request).End)
	set(metrics+"REQUEST_START_FLOW.endtimestamp", s.targetBegan())
	set(metrics+"RESPONSE_START_FLOW.starttimestamp", s.step(tracing.Receive).Start)
	set(metrics+"RESPONSE_END_FLOW.endtimestamp", s.step(tracing.Respond).Start)
}

// targetBegan is when the target's part began: with the name lookup, or at once with the request on a kept connection.
func (s *script) targetBegan() time.Time {
	if dns := s.step(tracing.DNS); dns.Happened() {
		return dns.Start
	}
	return s.step(tracing.Send).Start
}

func (s *script) analyticsTarget(known map[string]string) {
	if !s.hasTarget() {
		return
	}
	t := s.target()
	known["target.name"], known["target.basepath"] = "default", t.base
	known["target.url"], known["target.host"] = t.url, t.host
	if remote := s.record.Channel.Remote; remote.IsValid() {
		known["target.ip"] = remote.Addr().String()
	}
	if status := s.targetStatus(); status != 0 {
		known["target.response.status.code"] = strconv.Itoa(status)
	}
	if s.passed() {
		known["target.received.content.length"] = strconv.FormatInt(s.record.BytesOut, 10)
	}
}

// analyticsFault has values for faults only.
func (s *script) analyticsFault(known map[string]string) {
	code := s.faultCode()
	if code == "" {
		return
	}
	flag := map[bool]string{false: "0", true: "1"}
	source := s.faultSource()
	known[execution+"is_policy_error"] = "0"
	known[execution+"is_target_error"] = flag[source == "target"]
	known[execution+"is_apigee_fault"] = flag[source == "apigee"]
	known[execution+"fault_code"] = code
	known[execution+"fault_flow_state"] = s.end.String()
}
