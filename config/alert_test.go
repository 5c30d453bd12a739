package config

import "testing"

func TestAlertsOfAPIMonitoringAreKeptAsTheyAreAndWarnedAbout(t *testing.T) {
	g := mustParse(t, targetYAML("http://h")+`
alerts:
  - {"organization":"myorg","name":"5xx Alert","description":"My 5xx alert","environment":"prod","enabled":true,
     "conditions":[{"description":"","dimensions":{"org":"myorg","proxy":"hotels","region":"ANY","statusCode":"5xx"},
       "metric":"tps","threshold":100,"durationSeconds":600,"comparator":">"}],
     "notifications":[{"channel":"email","destination":"ops@acme.com"}],
     "playbook":"http://acme.com/myplaybook.html","throttleIntervalSeconds":3600,"reportEnabled":true}
`, Overrides{})
	equal(t, []map[string]any{{
		"organization": "myorg", "name": "5xx Alert", "description": "My 5xx alert", "environment": "prod", "enabled": true,
		"conditions": []any{map[string]any{
			"description": "", "metric": "tps", "threshold": 100.0, "durationSeconds": 600.0, "comparator": ">",
			"dimensions": map[string]any{"org": "myorg", "proxy": "hotels", "region": "ANY", "statusCode": "5xx"},
		}},
		"notifications": []any{map[string]any{"channel": "email", "destination": "ops@acme.com"}},
		"playbook":      "http://acme.com/myplaybook.html", "throttleIntervalSeconds": 3600.0, "reportEnabled": true,
	}}, g.Alerts)
	equal(t, 1, len(g.Warnings))
	equal(t, "alerts: has no effect in this version", g.Warnings[0].Key+": "+g.Warnings[0].Message)
	equal(t, 6, g.Warnings[0].Line)
}

func TestAnOrganizationHasTwentyAlertsAtMost(t *testing.T) {
	text := "alerts:\n"
	for range 21 {
		text += "  - {name: a, conditions: []}\n"
	}
	equal(t, []string{"f:1: alerts: holds 21 alerts; allowed: up to 20"}, problemsOf(t, text, Overrides{}))
}
