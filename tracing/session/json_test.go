package session_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type document struct {
	Completed bool `json:"completed"`
	Point     []struct {
		ID      string           `json:"id"`
		Results []map[string]any `json:"results"`
	} `json:"point"`
}

func parseJSON(t *testing.T, text []byte) (d document) {
	t.Helper()
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("no JSON: %v", err)
	}
	return d
}

func TestJSONBeginsAsDocumented(t *testing.T) {
	text := string(record(t, handshakeTimeout()).AppendJSON(nil))
	want := `{"completed":true,"point":[{"id":"Paused","results":[]},{"id":"Resumed","results":[]},{"id":"StateChange","results":[` +
		`{"ActionResult":"DebugInfo","properties":{"property":[{"name":"To","value":"REQ_HEADERS_PARSED"},{"name":"From","value":"REQ_START"}]},"timestamp":"22-11-26 10:15:42:331"},` +
		`{"ActionResult":"RequestMessage","headers":[{"name":"Accept","value":"*/*"},`
	if !strings.HasPrefix(text, want) {
		t.Errorf("%.500s", text)
	}
	for _, want := range []string{`"uRI":"/v1/orders/17?expand=items","verb":"GET"}`, `"reasonPhrase":"Bad Gateway","statusCode":"502"}`,
		`{"ActionResult":"VariableAccess","accessList":[{"Get":{"name":"organization.name","value":"acme"}}`, `{"Get":{"name":"target.sent.start.timestamp"}}`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}

// The reader of the original's JSON walks point[].results[].accessList[] and reads Get.
func TestJSONTellsWhatXMLTells(t *testing.T) {
	for _, test := range endings {
		tx := record(t, test.call())
		root, d := parse(t, tx.AppendXML(nil)), parseJSON(t, tx.AppendJSON(nil))
		points := root.points("")
		if !d.Completed || len(d.Point) != len(points) {
			t.Fatalf("%s: %d points in JSON, %d in XML", test.name, len(d.Point), len(points))
		}
		for i, p := range points {
			var kinds []string
			for _, result := range d.Point[i].Results {
				kinds = append(kinds, result["ActionResult"].(string))
			}
			if diff := cmp.Diff(p.attr("id")+" "+p.names(), d.Point[i].ID+" "+strings.Join(kinds, " ")); diff != "" {
				t.Errorf("%s: point %d: %s", test.name, i, diff)
			}
		}
	}
}
