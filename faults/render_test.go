package faults

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func find(t *testing.T, id ID) Fault {
	t.Helper()
	f, ok := Find(id)
	if !ok {
		t.Fatalf("no fault %s", id)
	}
	return f
}

func TestBodiesAreByteForByteThoseOfTheOriginal(t *testing.T) {
	tests := []struct {
		name   string
		id     ID
		vars   Vars
		reason bool
		want   string
	}{
		{"handshake timeout, as in the playbook", BadGatewayTLSHandshakeTimeout, nil, true,
			`{"fault":{"faultstring":"Bad Gateway","detail":{"errorcode":"messaging.adaptors.http.flow.BadGateway"}}}`},
		{"slashes are escaped", ApplicationNotFound, Vars{"vhost": "content", "path": "/bmx/"}, false,
			`{"fault":{"faultstring":"Unable to identify proxy for host: content and url: \/bmx\/","detail":{"errorcode":"messaging.adaptors.http.flow.ApplicationNotFound"}}}`},
		{"quotes are escaped", DuplicateHeader, Vars{"name": "Expires"}, false,
			`{"fault":{"faultstring":"Duplicate Header \"Expires\"","detail":{"errorcode":"protocol.http.DuplicateHeader"}}}`},
		{"the reason of newer versions follows errorcode", TargetConnectTimeout, nil, true,
			`{"fault":{"faultstring":"The Service is temporarily unavailable","detail":{"errorcode":"messaging.adaptors.http.flow.ServiceUnavailable","reason":"TARGET_CONNECT_TIMEOUT"}}}`},
		{"and is off unless asked for", TargetConnectTimeout, nil, false,
			`{"fault":{"faultstring":"The Service is temporarily unavailable","detail":{"errorcode":"messaging.adaptors.http.flow.ServiceUnavailable"}}}`},
		{"83 bytes in a capture", APITimedOut, nil, false,
			`{"fault":{"faultstring":"API timed out","detail":{"errorcode":"flow.APITimedOut"}}}`},
		{"the limit is the configured one", TargetHeadersTooBig, Vars{"limit": Limit(1000)}, false,
			`{"fault":{"faultstring":"response headers size exceeding 1,000","detail":{"errorcode":"protocol.http.TooBigHeaders"}}}`},
		{"control characters cannot break the document", MalformedRequest, Vars{"reason": "a\nb\tc\rd\x00e\x1f\\\x7f"}, false,
			`{"fault":{"faultstring":"Malformed request: a\nb\tc\rd\u0000e\u001f\\` + "\x7f" + `","detail":{"errorcode":"emulator.http.MalformedRequest"}}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, string(find(t, test.id).Body(test.vars, test.reason))); diff != "" {
				t.Error(diff)
			}
		})
	}
	if n := len(find(t, APITimedOut).Body(nil, false)); n != 83 {
		t.Errorf("API timed out has %d bytes, the captured answer says Content-Length: 83", n)
	}
}

func TestTheHandshakeTimeoutBodyIsTheGoldenFile(t *testing.T) {
	want, err := os.ReadFile("testdata/handshake-timeout.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := find(t, BadGatewayTLSHandshakeTimeout).Body(nil, false); string(got) != string(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

type document struct {
	Fault struct {
		String string `json:"faultstring"`
		Detail struct {
			Code   string `json:"errorcode"`
			Reason string `json:"reason"`
		} `json:"detail"`
	} `json:"fault"`
}

func TestEveryBodyIsJSONThatSaysWhatTheRowSays(t *testing.T) {
	hostile := "x\"\\/\x00\n\x80\xff\u2028<é>{path}" + strings.Repeat("ü", 2000)
	vars := Vars{}
	for _, name := range strings.Fields("host ip path vhost name char value method status status_code reason limit") {
		vars[name] = hostile
	}
	for _, f := range All() {
		body := f.Body(vars, true)
		if f.String == "" {
			if body != nil {
				t.Errorf("%s has no faultstring but the body %s", f.ID, body)
			}
			continue
		}
		var d document
		if err := json.Unmarshal(body, &d); err != nil {
			t.Errorf("%s: %v in %q", f.ID, err, body)
		}
		if d.Fault.String != f.Message(vars) || d.Fault.Detail.Code != f.Code || d.Fault.Detail.Reason != f.ReasonCode {
			t.Errorf("%s: body %q decodes to %+v", f.ID, body, d)
		}
		if len(body) > 8*maxValue {
			t.Errorf("%s: values from the network made a body of %d bytes", f.ID, len(body))
		}
	}
}

func TestNoPlaceholderIsLeftWhenItsDocumentedVarsAreGiven(t *testing.T) {
	vars := Vars{}
	for _, name := range strings.Fields("host ip path vhost name char value method status_code status reason limit channel message_id") {
		vars[name] = "v"
	}
	for _, f := range All() {
		if !f.Produced {
			continue
		}
		text := f.Message(vars) + f.LogText(vars) + f.LogException(vars)
		if strings.ContainsAny(strings.ReplaceAll(text, "exception: {}", ""), "{}") {
			t.Errorf("%s: unfilled placeholder in %q", f.ID, text)
		}
	}
}

func TestAValueIsTextWhateverItLooksLike(t *testing.T) {
	f := find(t, ApplicationNotFound)
	got := f.Message(Vars{"vhost": "{path}", "path": "/{vhost}/{}"})
	if want := "Unable to identify proxy for host: {path} and url: /{vhost}/{}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAForgottenValueIsSeen(t *testing.T) {
	if got, want := find(t, MethodNotSupported).Message(nil), "Method {method} is not supported"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestValuesAreCutAt2KiBBetweenCharacters(t *testing.T) {
	f := find(t, ApplicationNotFound)
	prefix := "Unable to identify proxy for host: v and url: "
	for path, want := range map[string]string{
		strings.Repeat("a", 5000):       strings.Repeat("a", 2048),
		"a" + strings.Repeat("ü", 5000): "a" + strings.Repeat("ü", 1023),
		strings.Repeat("\x80", 5000):    "\uFFFD",
		"a\xffb":                        "a\uFFFDb",
	} {
		got := f.Message(Vars{"vhost": "v", "path": path})
		if got != prefix+want {
			t.Errorf("path of %d bytes: got %d bytes", len(path), len(got)-len(prefix))
		}
		if !utf8.ValidString(got) {
			t.Error("not UTF-8")
		}
	}
}

func TestLogLines(t *testing.T) {
	const channel = "SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@7 useCount=1 bytesRead=0 bytesWritten=0 age=9ms lastIO=9ms isOpen=true"
	vars := Vars{"channel": channel, "message_id": "mp1-1-7-1", "limit": Limit(25600), "host": "db.example"}
	tests := []struct {
		name string
		id   ID
		want string
	}{
		{"handshake timeout", BadGatewayTLSHandshakeTimeout, "HTTPClient$Context.handshakeTimeout() : " + channel + " handshake timeout"},
		{"the original's unfilled braces stay", UnexpectedEOFAtTarget,
			"HTTPClient$Context$3.onException() :  " + channel + " .onExceptionRead exception: {}"},
		{"a TLS failure names the exception of the body", SSLHostnameMismatchDNS, "HTTPClient$Context.handshakeFailed() : " + channel +
			" handshake failed, message: java.security.cert.CertificateException: No subject alternative DNS name matching db.example found."},
		{"lines without a known original carry the faultstring", TargetHeadersTooBig,
			"HTTPClient$Context.onException() : " + channel + " response headers size exceeding 25,600"},
		{"client side", RequestTimeout, "Message id:mp1-1-7-1 " + channel + ".onTimeout"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, find(t, test.id).LogText(vars)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAGivenExceptionWinsInTheLogLine(t *testing.T) {
	got := find(t, SSLAlertHandshakeFailure).LogText(Vars{"channel": "c", "exception": "Received fatal alert: protocol_version"})
	if want := "HTTPClient$Context.handshakeFailed() : c handshake failed, message: Received fatal alert: protocol_version"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestOnlyTheEOFFaultShowsAStack(t *testing.T) {
	for _, f := range All() {
		block := f.LogException(nil)
		if (block != "") != (f.ID == UnexpectedEOFAtTarget) {
			t.Errorf("%s: exception block %q", f.ID, block)
		}
	}
	lines := strings.Split(find(t, UnexpectedEOFAtTarget).LogException(nil), "\n")
	if lines[0] != "java.io.EOFException: eof unexpected" || len(lines) != 5 {
		t.Errorf("got %q", lines)
	}
	for _, line := range lines[1:] {
		if !strings.HasPrefix(line, "\tat com.apigee.") {
			t.Errorf("frame %q", line)
		}
	}
}

func TestLimitsHaveThousandsCommas(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 7168: "7,168", 25600: "25,600",
		10485760: "10,485,760", 1 << 30: "1,073,741,824", -25600: "-25,600", -100: "-100"} {
		if got := Limit(n); got != want {
			t.Errorf("Limit(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestAnUnknownIDIsNotFound(t *testing.T) {
	if f, ok := Find("no_such_fault"); ok {
		t.Errorf("found %+v", f)
	}
}

func TestTheCatalogueCannotBeChangedThroughAll(t *testing.T) {
	All()[0].Status = 200
	if All()[0].Status == 200 {
		t.Error("a caller changed the catalogue")
	}
}

func FuzzBody(f *testing.F) {
	f.Add("/a\"b")
	f.Add("\xff\xfe\x00")
	f.Fuzz(func(t *testing.T, value string) {
		fault, _ := Find(MalformedRequest)
		var d document
		if err := json.Unmarshal(fault.Body(Vars{"reason": value}, false), &d); err != nil {
			t.Fatal(err)
		}
		if d.Fault.String != fault.Message(Vars{"reason": value}) {
			t.Fatalf("decoded %q", d.Fault.String)
		}
	})
}

func BenchmarkBody(b *testing.B) {
	vars := Vars{"vhost": "default", "path": "/v1/orders"}
	b.ReportAllocs()
	for b.Loop() {
		f, _ := Find(ApplicationNotFound)
		f.Body(vars, false)
	}
}
