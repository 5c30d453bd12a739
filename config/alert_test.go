package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// documentedAlert is the example of the original's documentation, sent to a webhook instead of by mail.
const documentedAlert = `{"organization":"myorg","name":"5xx Alert","description":"My 5xx alert","environment":"prod","enabled":true,
 "conditions":[{"description":"","dimensions":{"org":"myorg","env":"prod","proxy":"hotels","region":"ANY","statusCode":"5xx"},
   "metric":"tps","threshold":100,"durationSeconds":600,"comparator":">"}],
 "notifications":[{"channel":"webhook","destination":"https://acme.com/hook"}],
 "playbook":"http://acme.com/myplaybook.html","throttleIntervalSeconds":3600,"reportEnabled":true}`

func TestTheDocumentedAlertIsReadAndWrittenAsItIs(t *testing.T) {
	alert, err := ParseAlert([]byte(documentedAlert), "myorg", "prod")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(alert)
	if err != nil {
		t.Fatal(err)
	}
	var before, after any
	if err := errors.Join(json.Unmarshal([]byte(documentedAlert), &before), json.Unmarshal(got, &after)); err != nil {
		t.Fatal(err)
	}
	equal(t, before, after)
}

const someCondition = `{metric: count, threshold: 1, durationSeconds: 60, comparator: ">"}`

func TestAnOrganizationHasTwentyAlertsAtMost(t *testing.T) {
	text := "alerts:\n"
	for i := range 21 {
		text += fmt.Sprintf("  - {name: a%d, conditions: [%s]}\n", i, someCondition)
	}
	equal(t, []string{"f:1: alerts: holds 21 alerts; allowed: up to 20"}, problemsOf(t, text, Overrides{}))
}

func TestAnAlertWithoutOrganizationAndEnvironmentIsForThoseOfTheGatewayFlagsIncluded(t *testing.T) {
	g := mustParse(t, targetYAML("http://h")+"alerts: [{name: a, conditions: ["+someCondition+"]}]\nenvironment: dev\n",
		Overrides{Organization: ptr("umbrella")})
	equal(t, "umbrella/dev", g.Alerts[0].Organization+"/"+g.Alerts[0].Environment)
}

func TestAnAlertForAnotherEnvironmentIsAWarning(t *testing.T) {
	g := mustParse(t, targetYAML("http://h")+`
alerts:
  - name: a
    environment: prod
    conditions: [{dimensions: {org: other}, metric: count, threshold: 1, durationSeconds: 60, comparator: ">"}]
`, Overrides{})
	var got []string
	for _, w := range g.Warnings {
		got = append(got, fmt.Sprintf("%d: %s: %s", w.Line, w.Key, w.Message))
	}
	equal(t, []string{
		`8: alerts[0].environment: the alert is for environment "prod", this gateway serves "test": it never fires here`,
		`9: alerts[0].conditions[0].dimensions.org: the alert is for organization "other", this gateway serves "acme": it never fires here`,
	}, got)
}

func TestTheSecretOfAWebhookIsReadFromItsFile(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "hook.key", []byte(" s3cret \r\n"))
	text := "alerts: [{name: a, conditions: [" + someCondition + "], " +
		"notifications: [{channel: webhook, destination: http://h, secret_file: hook.key}]}]\n"
	g, err := Parse(filepath.Join(dir, "f"), []byte(text), Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, AlertNotification{"webhook", "http://h", "hook.key", []byte(" s3cret ")}, g.Alerts[0].Notifications[0])
	shown, _ := json.Marshal(g.Alerts[0])
	if strings.Contains(string(shown), "s3cret") {
		t.Errorf("the secret is shown: %s", shown)
	}
}

func TestWhatTheAPICannotWarnAboutItRefuses(t *testing.T) {
	for given, want := range map[string]string{
		`{"name":"a","environment":"dev","conditions":[%s]}`:                                                                          `environment: the alert is for environment "dev", this gateway serves "test"`,
		`{"name":"a","conditions":[%s],"notifications":[{"channel":"webhook","destination":"http://h","secret_file":"/etc/shadow"}]}`: "secret_file: cannot be given over the API",
		`{"name":"a","conditions":[%s],"x":1}`:                                                                                        "x: is not a known key",
		`[]`:                                                                                                                          "is a list",
		`{"name":`:                                                                                                                    "is not YAML",
	} {
		if strings.Contains(given, "%s") {
			given = fmt.Sprintf(given, `{"metric":"count","threshold":1,"durationSeconds":60,"comparator":">"}`)
		}
		_, err := ParseAlert([]byte(given), "acme", "test")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", given, err, want)
		}
	}
}
