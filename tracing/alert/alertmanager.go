package alert

import (
	"strings"
	"time"
)

// An Alertmanager forgets an alert that is not renewed: endsAt of a firing one lies a few renewals ahead.
const (
	renewInterval = time.Minute
	renewalsAhead = 4
)

// managedAlert is one element of what POST /api/v2/alerts takes (Alertmanager's OpenAPI, postableAlert).
type managedAlert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// alertmanager renders the notice for an Alertmanager. The labels make an alert the same alert: they never change
// while it fires, and name the gateway, so that one does not resolve what another still sees.
func (n *notice) alertmanager(o *Options) []byte {
	a := managedAlert{
		Labels: map[string]string{"alertname": n.alert.Name, "org": n.alert.Organization, "env": n.alert.Environment,
			"instance": o.Instance},
		Annotations: map[string]string{"summary": n.summary()},
		StartsAt:    n.episode.Started.UTC(), EndsAt: n.at.Add(renewalsAhead * renewInterval).UTC(), GeneratorURL: o.page(n.uuid),
	}
	if n.state == Resolved {
		a.EndsAt = n.episode.Ended.UTC()
	}
	n.labelDimensions(a.Labels)
	if n.alert.Description != "" {
		a.Annotations["description"] = n.alert.Description
	}
	if p := n.alert.Playbook; p != "" {
		a.Annotations["playbook"] = p
		if strings.HasPrefix(p, "http://") || strings.HasPrefix(p, "https://") {
			a.Annotations["runbook_url"] = p
		}
	}
	if ids := n.messageIDs(); ids != "" {
		a.Annotations["messageids"] = ids
	}
	return marshal([]managedAlert{a})
}

// labelDimensions adds the dimensions on which all conditions agree.
func (n *notice) labelDimensions(labels map[string]string) {
	disagreed := map[string]bool{}
	for _, c := range n.alert.Conditions {
		for _, d := range dimensionsOf(c.Dimensions) {
			if old, given := labels[d.name]; given && old != d.value {
				disagreed[d.name] = true
			}
			labels[d.name] = d.value
		}
	}
	for name := range disagreed {
		delete(labels, name)
	}
}
