package management

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"message-processor/tracing/session"
)

const gatewayURL = "http://127.0.0.1:9001"

func TestTheCommandRepeatsTheCall(t *testing.T) {
	tests := []struct {
		name    string
		message session.Message
		want    string
	}{
		{"a plain one", session.Message{Verb: "GET", URI: "/a/b?x=1"}, `curl -i 'http://127.0.0.1:9001/a/b?x=1'`},
		{"without what needs quotes", session.Message{Verb: "GET", URI: "/a"}, `curl -i http://127.0.0.1:9001/a`},
		{"a body", session.Message{Verb: "POST", URI: "/a", Content: "it's"}, `curl -i http://127.0.0.1:9001/a --data-raw 'it'\''s'`},
		{"a body curl would take for a file's name", session.Message{Verb: "PUT", URI: "/a", Content: "@/etc/passwd"},
			`curl -i -X PUT http://127.0.0.1:9001/a --data-raw @/etc/passwd`},
		{"GET with a body", session.Message{Verb: "GET", URI: "/a", Content: "x"}, `curl -i -X GET http://127.0.0.1:9001/a --data-raw x`},
		{"HEAD", session.Message{Verb: "HEAD", URI: "/a"}, `curl -i -I http://127.0.0.1:9001/a`},
		{"a method of its own", session.Message{Verb: "M-SEARCH!", URI: "/a"}, `curl -i -X 'M-SEARCH!' http://127.0.0.1:9001/a`},
		{"dots", session.Message{Verb: "GET", URI: "/a/../b"}, `curl -i --path-as-is http://127.0.0.1:9001/a/../b`},
		{"brackets", session.Message{Verb: "GET", URI: "/a[1-9]"}, `curl -i -g 'http://127.0.0.1:9001/a[1-9]'`},
		{"fields", session.Message{Verb: "GET", URI: "/a", Headers: []session.Property{
			{Name: "Host", Value: "127.0.0.1:9001"}, {Name: "User-Agent", Value: "curl/8.5.0"}, {Name: "Accept", Value: "*/*"},
			{Name: "content-length", Value: "5"}, {Name: "traceparent", Value: "00-1"}, {Name: "X-Empty"}, {Name: "X-A", Value: "$(id)"}}},
			`curl -i http://127.0.0.1:9001/a -H 'X-Empty;' -H 'X-A: $(id)'`},
		{"another host", session.Message{Verb: "GET", URI: "/a", Headers: []session.Property{{Name: "Host", Value: "api.example.com"}}},
			`curl -i http://127.0.0.1:9001/a -H 'Host: api.example.com'`},
		{"control characters", session.Message{Verb: "GET", URI: "/a", Headers: []session.Property{{Name: "X", Value: "a\x1b[201~\n'\\7\u202e\xff"}}},
			`curl -i http://127.0.0.1:9001/a -H $'X: a\033[201~\012\'\\7\342\200\256\377'`},
		{"no path", session.Message{Verb: "OPTIONS", URI: "*"}, ""},
		{"nothing", session.Message{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := strings.ReplaceAll(curl(gatewayURL, test.message).Command, " \\\n  ", " ")
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	if r := curl("", tests[0].message); r.Command != "" {
		t.Errorf("without a gateway: %s", r.Command)
	}
}

func TestTheCommandSaysWhatIsMissing(t *testing.T) {
	secret := session.Message{Verb: "GET", URI: "/a", Headers: []session.Property{{Name: "Authorization", Value: "*****"}}}
	if r := curl(gatewayURL, secret); len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "*****") {
		t.Errorf("%q", r.Notes)
	}
	long := session.Message{Verb: "POST", URI: "/a", Content: "abc.....", Truncated: true}
	if r := curl(gatewayURL, long); len(r.Notes) != 1 || strings.Contains(r.Command, "abc") || !strings.Contains(r.Command, "-X POST") {
		t.Errorf("%+v", r)
	}
}

// Whatever a request held, a shell makes one word of it and runs nothing.
func TestAShellReadsBackWhatWasQuoted(t *testing.T) {
	shell := tool(t, "bash")
	for _, text := range []string{"", "plain", "it's", "$(touch x) `id` $HOME", "a\nb\ttab", "\x1b[201~; id\r\n", "back\\slash '\x01' 7",
		"\xff\xfe7", "ü €\u202e", "!history", "-n", "~", "*", "a;b&c|d", `"quoted"`, "\x7f"} {
		out, err := exec.Command(shell, "-c", "printf '%s|' "+shellQuote(text)).Output()
		if err != nil || string(out) != text+"|" {
			t.Errorf("%q as %s came back as %q, %v", text, shellQuote(text), out, err)
		}
	}
}

func TestCurlSendsTheSameRequestAgain(t *testing.T) {
	shell := tool(t, "bash")
	tool(t, "curl")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan *http.Request, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got <- r })}
	go server.Serve(l)
	defer server.Close()
	command := curl("http://"+l.Addr().String(), session.Message{Verb: "DELETE", URI: "/a//b/../c?x=[1]&y='%20", Headers: []session.Property{
		{Name: "X-Quote", Value: `it's "$HOME"`}, {Name: "X-Empty"}, {Name: "X-Tab", Value: "a\tb"}, {Name: "Host", Value: "api.example.com"}}}).Command
	if out, err := exec.Command(shell, "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, command, out)
	}
	r := <-got
	if r.Method != "DELETE" || r.RequestURI != "/a//b/../c?x=[1]&y='%20" || r.Host != "api.example.com" ||
		r.Header.Get("X-Quote") != `it's "$HOME"` || r.Header.Get("X-Tab") != "a\tb" || len(r.Header.Values("X-Empty")) != 1 {
		t.Errorf("%s %s %s %v", r.Method, r.RequestURI, r.Host, r.Header)
	}
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("REQUIRE_COMPONENTS") != "" {
		t.Fatalf("%s is missing", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}
