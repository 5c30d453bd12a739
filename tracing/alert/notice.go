package alert

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"message-processor/config"
)

// notice is what there is to tell at one moment, on its way to those who want to hear it. It shares nothing with the
// rule it is about.
type notice struct {
	uuid       string
	alert      config.Alert
	state      State // Firing or Resolved
	at         time.Time
	people     bool // for system.log and webhooks
	managers   bool // for Alertmanagers
	episode    Episode
	violations []Violation // now
}

// line is the notice as system.log has it.
func (n *notice) line() string {
	if n.state == Resolved {
		text := fmt.Sprintf("Alert.resolve() : %s: resolved after %v", n.alert.Name, n.lasted())
		if n.episode.Reason != "" {
			return text + ", " + n.episode.Reason
		}
		return text + ", now " + n.summary()
	}
	text := "Alert.fire() : " + n.alert.Name + ": " + n.summary()
	if n.episode.Notices > 1 {
		text += fmt.Sprintf(", firing since %v", n.lasted())
	}
	if ids := n.messageIDs(); ids != "" {
		text += ", last messageid: " + ids
	}
	if n.alert.Playbook != "" {
		text += ", playbook: " + n.alert.Playbook
	}
	return text
}

// summary are the conditions with their values now.
func (n *notice) summary() string {
	var parts []string
	for _, v := range n.violations {
		parts = append(parts, v.String())
	}
	return strings.Join(parts, " and ")
}

func (n *notice) messageIDs() string {
	var ids []string
	for _, t := range n.episode.Transactions {
		ids = append(ids, t.MessageID)
	}
	return strings.Join(ids, " ")
}

func (n *notice) lasted() time.Duration { return n.at.Sub(n.episode.Started).Round(time.Millisecond) }

// webhookBody is what a webhook receives. Of the original's object the members down to playbook are known: the
// thresholdViolations from its release notes of February 2020, the others by recollection. The rest is our own.
type webhookBody struct {
	AlertInstanceID              string             `json:"alertInstanceId"` // one episode
	AlertName                    string             `json:"alertName"`
	Org                          string             `json:"org"`
	Description                  string             `json:"description"`
	AlertID                      string             `json:"alertId"` // uuid of the alert
	AlertTime                    time.Time          `json:"alertTime"`
	ThresholdViolations          map[string]string  `json:"thresholdViolations"`
	ThresholdViolationsFormatted []webhookViolation `json:"thresholdViolationsFormatted"`
	Playbook                     string             `json:"playbook"`

	Status       State                `json:"status"` // firing, resolved
	Env          string               `json:"env"`
	Instance     string               `json:"instance"` // host of the gateway
	StartsAt     time.Time            `json:"startsAt"`
	EndsAt       *time.Time           `json:"endsAt,omitempty"`
	Reason       string               `json:"reason,omitempty"` // of an end that is none of the conditions'
	Transactions []webhookTransaction `json:"transactions"`
	URL          string               `json:"url"` // of the page that shows the alert
}

type webhookViolation struct {
	Metric      string   `json:"metric"`
	Percentile  int      `json:"percentile,omitempty"`
	Duration    string   `json:"duration"`
	Region      string   `json:"region,omitempty"`
	StatusCode  string   `json:"statusCode,omitempty"`
	Proxy       string   `json:"proxy,omitempty"`
	Target      string   `json:"target,omitempty"`
	FaultCode   string   `json:"faultCode,omitempty"`
	Category    string   `json:"faultCodeCategory,omitempty"`
	SubCategory string   `json:"faultCodeSubCategory,omitempty"`
	Name        string   `json:"faultCodeName,omitempty"`
	FaultSource string   `json:"faultSource,omitempty"`
	Violation   string   `json:"violation"`
	Comparator  string   `json:"comparator"`
	Threshold   float64  `json:"threshold"`
	Value       *float64 `json:"value"` // null: there was nothing to make one of
}

type webhookTransaction struct {
	MessageID  string    `json:"messageId"`
	Time       time.Time `json:"time"`
	StatusCode int       `json:"statusCode"`
	Proxy      string    `json:"proxy,omitempty"`
	FaultCode  string    `json:"faultCode,omitempty"`
	Trace      string    `json:"trace,omitempty"` // where the trace is, of a fault of the gateway's own
}

// webhook renders the notice for a webhook.
func (n *notice) webhook(o *Options) []byte {
	b := webhookBody{
		AlertInstanceID: n.episode.ID, AlertName: n.alert.Name, Org: n.alert.Organization, Description: n.alert.Description,
		AlertID: n.uuid, AlertTime: n.at.UTC(), ThresholdViolations: map[string]string{}, Playbook: n.alert.Playbook,
		Status: n.state, Env: n.alert.Environment, Instance: o.Instance, StartsAt: n.episode.Started.UTC(),
		Reason: n.episode.Reason, Transactions: []webhookTransaction{}, URL: o.page(n.uuid),
	}
	if n.state == Resolved {
		ended := n.episode.Ended.UTC()
		b.EndsAt = &ended
	}
	for i, v := range n.violations {
		formatted := formatViolation(&v)
		b.ThresholdViolationsFormatted = append(b.ThresholdViolationsFormatted, formatted)
		b.ThresholdViolations[key(v.Metric, i)] = formatted.text()
	}
	for _, t := range n.episode.Transactions {
		b.Transactions = append(b.Transactions, webhookTransaction{t.MessageID, t.Time.UTC(), t.StatusCode, t.Proxy,
			t.FaultCode, o.trace(&t)})
	}
	return marshal(b)
}

// marshal writes JSON for programs and people: > stays >. Nothing that is given to it can fail.
func marshal(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// key names a violation as the original does: Count0.
func key(metric string, i int) string {
	return strings.ToUpper(metric[:1]) + metric[1:] + strconv.Itoa(i)
}

func formatViolation(v *Violation) webhookViolation {
	words := "below "
	if v.Comparator == ">" || v.Comparator == ">=" {
		words = "above "
	}
	d := &v.Dimensions
	formatted := webhookViolation{
		Metric: v.Metric, Percentile: v.Percentile, Duration: durationWords(v.DurationSeconds), Region: d.Region,
		StatusCode: d.StatusCode, Proxy: d.Proxy, Target: d.Target, FaultCode: d.FaultCode,
		Category: d.FaultCodeCategory, SubCategory: d.FaultCodeSubCategory, Name: d.FaultCodeName, FaultSource: d.FaultSource,
		Violation: "sustained " + words + FormatValue(v.Threshold), Comparator: v.Comparator, Threshold: v.Threshold,
	}
	if v.Known {
		formatted.Value = &v.Value
	}
	return formatted
}

// text is the violation in the one text of the older form.
func (v *webhookViolation) text() string {
	text := "Duration=" + v.Duration
	for _, part := range []struct{ name, value string }{
		{"Region", v.Region}, {"Status Code", v.StatusCode}, {"Fault Code", v.FaultCode}, {"Fault Category", v.Category},
		{"Fault Sub-category", v.SubCategory}, {"Fault Name", v.Name}, {"Fault Source", v.FaultSource},
		{"Proxy", v.Proxy}, {"Target", v.Target}, {"Violation", v.Violation},
	} {
		if part.value != "" {
			text += " " + part.name + "=" + part.value
		}
	}
	return text
}

// durationWords is a window as the original writes it: 5 minutes.
func durationWords(seconds int) string {
	n, unit := seconds, "second"
	switch {
	case seconds%3600 == 0:
		n, unit = seconds/3600, "hour"
	case seconds%60 == 0:
		n, unit = seconds/60, "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit
}

// newUUID is a random one (RFC 9562 section 5.4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	return formatUUID(b, 0x40)
}

// formatUUID sets version and variant.
func formatUUID(b [16]byte, version byte) string {
	b[6], b[8] = b[6]&0x0f|version, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
