package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Bounds of the original: alerts of an organization, and conditions, notifications and name of an alert.
const (
	MostAlerts             = 20
	mostAlertConditions    = 5
	mostAlertNotifications = 5
	longestAlertName       = 100
	longestAlertText       = 1024
)

// Alert is one alert of API Monitoring. Its JSON is the alert JSON of the original; where a key is not its own, the
// comment says so.
type Alert struct {
	Organization  string              `json:"organization"`
	Environment   string              `json:"environment"`
	Name          string              `json:"name"` // unique among the alerts of the file
	Description   string              `json:"description"`
	Enabled       bool                `json:"enabled"`
	Conditions    []AlertCondition    `json:"conditions"` // at least one; all of them must be met
	Notifications []AlertNotification `json:"notifications"`
	Playbook      string              `json:"playbook"` // instructions or a link to them
	// ThrottleIntervalSeconds is the least time between two notifications that say "firing"; 0: one for each time it
	// begins to fire.
	ThrottleIntervalSeconds int `json:"throttleIntervalSeconds"`
	// ReportEnabled asks the original for a custom report. Here it has no effect: every notification names transactions.
	ReportEnabled bool `json:"reportEnabled"`
}

// AlertNotification is somebody to tell.
type AlertNotification struct {
	Channel     string `json:"channel"`     // webhook, or our own alertmanager
	Destination string `json:"destination"` // URL; of an Alertmanager its base
	// SecretFile is our own: it holds the Secret that signs what the webhook receives. Nobody sees its content.
	SecretFile string `json:"secret_file,omitempty"`
	Secret     []byte `json:"-"`
}

// The channels that this gateway can send to.
const (
	ChannelWebhook      = "webhook"
	ChannelAlertmanager = "alertmanager"
)

// alertDecoder reads alerts, of the file or of the management API.
type alertDecoder struct {
	organization, environment string // of this gateway, for alerts that name none
	noFiles                   bool   // secret_file is refused: who may call the API must not choose files to read
}

// decodeAlerts runs after the flags, which may have replaced organization and environment.
func (d *draft) decodeAlerts(v value) {
	items := v.items()
	if len(items) > MostAlerts {
		v.refuse(fmt.Sprintf("up to %d", MostAlerts), "holds %d alerts", len(items))
	}
	decoder := alertDecoder{organization: d.Organization, environment: d.Environment}
	for _, item := range items {
		alert := decoder.alert(item)
		if at, given := item.at("name"); given && alert.Name != "" {
			d.taken.take("alert "+quote(alert.Name), "a name that no other alert has", at)
		}
		d.Alerts = append(d.Alerts, alert)
	}
}

// ParseAlert reads one alert as the management API receives it: JSON, for a gateway of that organization and
// environment. The error is Problems. What a file is only warned about is refused, because nobody would see a warning.
func ParseAlert(data []byte, organization, environment string) (Alert, error) {
	l := newLoading(".")
	var alert Alert
	if root, ok := l.document("alert", data); ok {
		alert = alertDecoder{organization, environment, true}.alert(root)
	}
	l.problems = append(l.problems, l.warnings...)
	if len(l.problems) > 0 {
		return Alert{}, l.result()
	}
	return alert, nil
}

func (d alertDecoder) alert(v value) Alert {
	a := Alert{Organization: d.organization, Environment: d.environment, Enabled: true, ReportEnabled: true,
		Conditions: []AlertCondition{}, Notifications: []AlertNotification{}}
	v.mapping([]field{
		{"organization", d.own(&a.Organization, d.organization, "organization")},
		{"environment", d.own(&a.Environment, d.environment, "environment")},
		{"name", text(&a.Name, alertNameRule)},
		{"description", text(&a.Description, alertTextRule)},
		{"enabled", boolean(&a.Enabled)},
		{"conditions", func(v value) { d.conditions(v, &a) }},
		{"notifications", func(v value) { d.notifications(v, &a) }},
		{"playbook", text(&a.Playbook, alertTextRule)},
		{"throttleIntervalSeconds", integer(&a.ThrottleIntervalSeconds, 0, math.MaxInt32)},
		{"reportEnabled", boolean(&a.ReportEnabled)},
	})
	v.require("name", alertNameRule.allowed)
	v.require("conditions", conditionsAllowed)
	return a
}

// own reads an organization or environment, and warns of one that is not this gateway's.
func (d alertDecoder) own(to *string, ours, what string) func(value) {
	return func(v value) {
		text(to, nameRule)(v)
		if *to != ours && *to != Any {
			v.warn("the alert is for %s %s, this gateway serves %s: it never fires here", what, quote(*to), quote(ours))
		}
	}
}

var conditionsAllowed = fmt.Sprintf("a list of 1 to %d conditions, all of which must be met", mostAlertConditions)

func (d alertDecoder) conditions(v value, a *Alert) {
	items := v.items()
	if v.isNull() || v.node.Kind == yaml.SequenceNode && (len(items) == 0 || len(items) > mostAlertConditions) {
		v.refuse(conditionsAllowed, "holds %d conditions", len(items))
	}
	for _, item := range items {
		a.Conditions = append(a.Conditions, d.condition(item))
	}
}

func (d alertDecoder) notifications(v value, a *Alert) {
	items := v.items()
	if len(items) > mostAlertNotifications {
		v.refuse(fmt.Sprintf("up to %d", mostAlertNotifications), "holds %d notifications", len(items))
	}
	for _, item := range items {
		a.Notifications = append(a.Notifications, d.notification(item))
	}
}

func (d alertDecoder) notification(v value) AlertNotification {
	var n AlertNotification
	v.mapping([]field{
		{"channel", text(&n.Channel, channelRule)},
		{"destination", func(v value) {
			if n.Channel == "" {
				return // refused or missing: what the destination has to be is not known
			}
			text(&n.Destination, destinationRule)(v)
		}},
		{"secret_file", func(v value) { d.secret(v, &n) }},
	})
	v.require("channel", channelRule.allowed)
	v.require("destination", destinationRule.allowed)
	return n
}

// secret reads the key of the signature, without the line end that editors add.
func (d alertDecoder) secret(v value, n *AlertNotification) {
	const allowed = "a file that holds the secret of a webhook"
	switch {
	case d.noFiles:
		v.refuse("leave it out; an alert with a secret stands in the configuration file", "cannot be given over the API")
		return
	case n.Channel == ChannelAlertmanager:
		v.refuse("leave it out", "has no meaning for an Alertmanager, whose API knows no signature")
		return
	}
	content, ok := v.file(allowed, longestPassword)
	if !ok {
		return
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if secret == "" {
		v.refuse(allowed, "names an empty file")
	}
	n.SecretFile, n.Secret = v.node.Value, []byte(secret)
}

var channelRule = rule{ChannelWebhook + ", " + ChannelAlertmanager, func(s string) string {
	switch s {
	case ChannelWebhook, ChannelAlertmanager:
		return ""
	case "email", "slack", "pagerduty":
		return "is " + quote(s) + ", which this gateway does not send to itself: " +
			"let a webhook or an Alertmanager pass it on"
	}
	return "is " + quote(s)
}}

var destinationRule = rule{urlAllowed, func(s string) string {
	_, flaw := parseURL(s)
	if flaw == "" && len(s) > longestAlertText {
		return "is longer than " + strconv.Itoa(longestAlertText) + " bytes"
	}
	return flaw
}}

var alertNameRule = rule{fmt.Sprintf("up to %d characters that print", longestAlertName), func(s string) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "is empty"
	case len([]rune(s)) > longestAlertName:
		return "is longer than that"
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "is " + quote(s) + ", which has a character that does not print"
	}
	return ""
}}

var alertTextRule = rule{fmt.Sprintf("text of up to %d bytes", longestAlertText), func(s string) string {
	if len(s) > longestAlertText {
		return fmt.Sprintf("has %d bytes", len(s))
	}
	return ""
}}
