package systemlog

import (
	"encoding/json"
	"testing"
)

func TestDecodeReadsStringsAsEncodingJSONDoes(t *testing.T) {
	for _, text := range []string{
		`""`, `"plain"`, `"\"\\\/\b\f\n\r\t"`, `"\u00e9\u2028"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ude00\ud83d"`,
		`"\ud83d\u0041"`, `"é東😀"`, `"\u0000"`, `"a\\"`,
	} {
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		var r record
		if !r.decode([]byte(` { "message" : `+text+` } `)) || string(r.message) != want {
			t.Errorf("%s is read as %q, want %q", text, r.message, want)
		}
	}
}

func TestDecodeRefusesWhatIsNoJSONObject(t *testing.T) {
	for _, text := range []string{
		``, ` `, `x`, `[]`, `"a"`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1}x`, `{"a" 1}`, `{1:1}`, `{"a":}`, `{"a":tru}`,
		`{"a":01}`, `{"a":"\q"}`, `{"a":"\u12"}`, `{"a":"\u12g4"}`, `{"a":"\`, `{"a":"x`, "{\"a\":\"\n\"}", `{"a":{]}`, `{"a":[}`,
		`{"a":{"b":"}}`, `{"a":[1,]}`, `{,}`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a":+1}`, `{"a":-}`,
	} {
		var r record
		if r.decode([]byte(text)) {
			t.Errorf("%q is accepted as %+v", text, r)
		}
	}
}

func TestDecodeTakesFixedFieldsOfAnyKind(t *testing.T) {
	var r record
	if !r.decode([]byte(`{"rev":3,"org":null,"env":true,"api":["x"],"timestamp":"2026-11-22T10:15:42.330+01:00"}`)) {
		t.Fatal("refused")
	}
	if string(r.rev) != "3" || r.org != nil || string(r.env) != "true" || string(r.api) != `["x"]` || r.millis != 1795338942330 {
		t.Errorf("got rev=%s org=%s env=%s api=%s millis=%d", r.rev, r.org, r.env, r.api, r.millis)
	}
}

func TestARecordForgetsTheEventBefore(t *testing.T) {
	var r record
	r.decode([]byte(`{"level":"error","org":"a\n","x":1,"message":"one","timestamp":5}`))
	if !r.decode([]byte(`{"message":"two"}`)) {
		t.Fatal("refused")
	}
	if e := r.event(); e.Org != "" || len(e.Fields) != 0 || !e.Time.IsZero() || e.Message != "two" {
		t.Errorf("left over: %+v", e)
	}
}

func TestNumbersAreThoseOfJSON(t *testing.T) {
	for _, text := range []string{
		"0", "-0", "7", "-7", "10", "1.5", "0.50", "1e9", "1E+9", "-1.5e-10", "123456789012345678901234567890",
		"", "-", "+1", "00", "01", "-01", "1.", ".5", "1e", "1e+", "1e1.5", "e1", "1x", "0x1", "NaN", "--1", "true", "tru", "nulll", "1-",
	} {
		if got, want := isScalar([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
