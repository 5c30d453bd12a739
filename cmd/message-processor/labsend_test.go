package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"message-processor/faults"
	"message-processor/faults/lab"
)

// notOfAClient are faults with source apigee that no request brings about.
var notOfAClient = map[faults.ID]bool{
	faults.Overloaded:    true, // takes more connections than the gateway has places for
	faults.InternalError: true, // takes a defect
}

func TestEveryFaultOfTheClientsMakingHasAScriptedClient(t *testing.T) {
	caused := map[faults.ID]bool{}
	for _, c := range lab.Clients() {
		if _, known := faults.Find(faults.ID(c.Fault)); !known {
			t.Errorf("client %s is after the unknown fault %s", c.Name, c.Fault)
		}
		caused[faults.ID(c.Fault)] = true
	}
	for _, f := range faults.All() {
		if f.Produced && f.Source == "apigee" && !caused[f.ID] && !notOfAClient[f.ID] {
			t.Errorf("no scripted client causes %s", f.ID)
		}
	}
}

func TestAnAnswerIsJudgedByStatusAndCode(t *testing.T) {
	c, err := findClient("length-required")
	if err != nil {
		t.Fatal(err)
	}
	leaving, _ := findClient("router_499")
	const code = "messaging.adaptors.http.flow.LengthRequired"
	withCode := func(code string) http.Header {
		return http.Header{http.CanonicalHeaderKey("X-Apigee-fault-code"): {code}}
	}
	body := []byte(`{"fault":{"faultstring":"x","detail":{"errorcode":"` + code + `"}}}`)
	for _, test := range []struct {
		what   string
		client lab.Client
		answer lab.Answer
		want   bool
	}{
		{"status and header", c, lab.Answer{Status: 411, Header: withCode(code)}, true},
		{"status and body, without headers", c, lab.Answer{Status: 411, Body: body}, true},
		{"another status", c, lab.Answer{Status: 400, Header: withCode(code), Body: body}, false},
		{"another code", c, lab.Answer{Status: 411, Header: withCode("other"), Body: body}, false},
		{"another body", c, lab.Answer{Status: 411, Body: []byte("Length Required")}, false},
		{"no answer", c, lab.Answer{}, false},
		{"left", leaving, lab.Answer{Left: true}, true},
		{"not left", leaving, lab.Answer{Status: 200}, false},
	} {
		if got := judge(test.client, test.answer).OK; got != test.want {
			t.Errorf("%s: %v", test.what, got)
		}
	}
}

func TestTheListOfClientsIsADocumentToo(t *testing.T) {
	var out bytes.Buffer
	if err := listClients(&out, true); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil || len(rows) != len(lab.Clients()) {
		t.Fatalf("%v in %s", err, &out)
	}
	for _, row := range rows {
		if row["name"] == "" || row["does"] == "" || row["fault"] == "" || row["path"] == "" {
			t.Errorf("%v", row)
		}
	}
}
