package management

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"message-processor/config"
	"message-processor/faults"
)

// alertForm is what a person has filled in to make an alert of one condition, to be shown again if it is refused. The
// API takes everything an alert can have.
type alertForm struct {
	Name, Proxy, FaultCode, StatusCode, Metric, Comparator, Threshold, Seconds, Webhook string

	Routes  []Route
	Problem string
}

// newAlertForm proposes the playbook's example.
func newAlertForm() alertForm {
	return alertForm{FaultCode: "messaging.adaptors.http.BadGateway", Metric: config.MetricCount, Comparator: ">",
		Threshold: "10", Seconds: "600"}
}

// Proxies are the names of the deployed API proxies.
func (f alertForm) Proxies() []string {
	var names []string
	for _, r := range f.Routes {
		names = append(names, r.API)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// FaultCodes are the codes of the faults that this gateway makes, and of a target's own errors.
func (f alertForm) FaultCodes() []string {
	var codes []string
	for _, fault := range faults.All() {
		if fault.Produced && fault.TraceCode != "" {
			codes = append(codes, fault.TraceCode)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Metrics are the choices of a metric, in words.
func (f alertForm) Metrics() []struct{ Name, Words string } {
	return []struct{ Name, Words string }{
		{config.MetricCount, "number"}, {config.MetricTPS, "number per second"}, {config.MetricRate, "share (0 to 1)"},
		{config.MetricTotalLatency, "latency, p95 in ms"}, {config.MetricTargetLatency, "target latency, p95 in ms"},
	}
}

// Comparators are the choices of a comparator.
func (f alertForm) Comparators() []string { return []string{">", ">=", "<", "<="} }

// Windows are the choices of a window.
func (f alertForm) Windows() []struct{ Seconds, Words string } {
	return []struct{ Seconds, Words string }{
		{"60", "1 minute"}, {"300", "5 minutes"}, {"600", "10 minutes"}, {"1800", "30 minutes"}, {"3600", "1 hour"},
		{"86400", "1 day"},
	}
}

// create takes the form.
func (p *alertsPage) create(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.render(w, http.StatusBadRequest, alertForm{Problem: "The form could not be read."})
		return
	}
	get := r.PostForm.Get
	f := alertForm{Name: get("name"), Proxy: get("proxy"), FaultCode: get("faultCode"), StatusCode: get("statusCode"),
		Metric: get("metric"), Comparator: get("comparator"), Threshold: get("threshold"), Seconds: get("seconds"),
		Webhook: get("webhook")}
	wanted, err := parseAlert(f.json(), p.o)
	if err == nil {
		created, failed := p.o.Alerts.Create(wanted)
		if err = failed; err == nil {
			http.Redirect(w, r, "/monitoring/alerts#alert-"+created.UUID, http.StatusSeeOther)
			return
		}
	}
	f.Problem = "The alert was not made: " + err.Error() + "."
	status, _ := statusOf(err)
	p.render(w, status, f)
}

// json is the alert as the API would receive it. Numbers stay the texts that were typed if they are none, so that the
// decoder can say so.
func (f alertForm) json() []byte {
	dimensions := map[string]string{}
	for name, value := range map[string]string{"proxy": f.Proxy, "faultCode": f.FaultCode, "statusCode": f.StatusCode} {
		if value = strings.TrimSpace(value); value != "" {
			dimensions[name] = value
		}
	}
	alert := map[string]any{
		"name": strings.TrimSpace(f.Name), "throttleIntervalSeconds": 3600,
		"conditions": []any{map[string]any{"dimensions": dimensions, "metric": f.Metric, "threshold": typed(f.Threshold),
			"comparator": f.Comparator, "durationSeconds": typed(f.Seconds)}},
	}
	if f.Webhook != "" {
		alert["notifications"] = []any{map[string]string{"channel": config.ChannelWebhook, "destination": f.Webhook}}
	}
	b, err := json.Marshal(alert)
	if err != nil {
		return fmt.Appendf(nil, "{}") // no text makes it fail
	}
	return b
}

// typed is a number if it can be one.
func typed(text string) any {
	n := json.Number(strings.TrimSpace(text))
	if _, err := n.Float64(); err != nil || !json.Valid([]byte(n)) {
		return text
	}
	return n
}
