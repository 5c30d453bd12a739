package verdict_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults/verdict"
)

func TestTheIDsAreThePublicOnes(t *testing.T) {
	want := strings.Fields(`healthy firewall-drops-data backend-silent backend-slow not-tls connection-refused
		connection-filtered no-route name-not-resolved certificate-untrusted certificate-expired certificate-wrong-name
		tls-version-mismatch tls-cipher-mismatch client-certificate-required closed-in-handshake reset-in-handshake
		response-silent closed-before-response closed-in-response stale-connection inconclusive`)
	got := verdict.IDs()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAVerdictIsFourMembersOfJSON(t *testing.T) {
	text, err := json.Marshal(verdict.Judge(verdict.Evidence{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"healthy","summary":"Nothing is wrong on the way to the backend.","evidence":[],"next_step":""}`
	if string(text) != want {
		t.Errorf("%s, want %s", text, want)
	}
}

func TestSentencesAreForPeople(t *testing.T) {
	for _, test := range judgements {
		v := verdict.Judge(test.evidence)
		for _, sentence := range append([]string{v.Summary}, v.Evidence...) {
			if !strings.HasSuffix(sentence, ".") || !unicode.IsUpper([]rune(sentence)[0]) && sentence[0] != 'o' && sentence[0] != 't' {
				t.Errorf("%s: %q", test.name, sentence)
			}
		}
		if v.ID != verdict.Healthy && len(v.NextStep) < 40 {
			t.Errorf("%s: the next step is %q", test.name, v.NextStep)
		}
	}
}

func TestWhatCameFromTheNetworkIsBoundedAndPrintable(t *testing.T) {
	e := backend("tls handshake", "alert", "x\r\n\x1b[31m\xff"+strings.Repeat("y", 10_000))
	v := verdict.Judge(e)
	for _, text := range append(v.Evidence, v.Summary, v.NextStep) {
		if len(text) > 1000 {
			t.Errorf("%d bytes", len(text))
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("control character in %q", text)
		}
	}
}
