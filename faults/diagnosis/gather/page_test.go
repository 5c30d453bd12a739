package gather

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

// hostile is text that would like to be markup, a script, or to steer a terminal.
const hostile = `</pre></style><script>alert(1)</script><img src=//x.example onerror=alert(1)>"'&{{.}}javascript:\u001b[2J\u202e`

func TestThePageTellsTheStoryAndAsksNothingOfAnybody(t *testing.T) {
	g := failing()
	g[tx+"/summary"] = strings.Replace(g[tx+"/summary"], "Nothing we send arrives.", jsonText(hostile), 1)
	g[tx+"/summary"] = strings.Replace(g[tx+"/summary"], "id=17", jsonText(hostile), 1)
	g[tx+"/log"] = `["` + jsonText(eventLine(id, hostile)) + `"]`
	o := options(t, g)
	_, files := mustRun(t, o)
	page := files["index.html"]
	for _, want := range []string{id, "Verdict", "Sent 7 times.", "Ask the network team.", "tls handshake failed", "width:98.04%",
		`href="trace.xml"`, "What is missing, and why", "curl.sh", "prefers-color-scheme: dark", "max-width: 40rem"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, unwanted := range []string{`(?i)<script`, `(?i)<img`, `(?i)<iframe`, `(?i)<link`, `(?i)<[^>]*\son[a-z]+=`, `(?i)(src|href)="(//|[a-z]+:)`,
		`(?i)url\(`, `(?i)@import`, "[\x00-\x08\x0b-\x1f\x7f]", "\u202e"} {
		if found := regexp.MustCompile(unwanted).FindString(page); found != "" {
			t.Errorf("%s: %q", unwanted, found)
		}
	}
	wellFormed(t, page)
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if _, ok := files[link[1]]; !ok {
			t.Errorf("a link to %s, which is not in the archive", link[1])
		}
	}
}

// jsonText is text inside the quotes of JSON; what is escaped in it already stays so.
func jsonText(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, `"`, `\"`), "\n", `\n`)
}

// wellFormed checks that every element is closed, in its order.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var open []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != token.Name.Local {
				t.Fatalf("</%s> closes %v", token.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) != 0 {
		t.Errorf("left open: %v", open)
	}
}

func TestTheChecklistSaysWhatIsMissing(t *testing.T) {
	_, files := mustRun(t, options(t, failing()))
	has(t, files, "index.html", `<td>TCP/IP packets</td><td><span class="chip error">missing</span> the gateway has none of this call`,
		`<td>Trace file showing the error</td><td><a href="trace.xml">trace.xml</a></td>`)
}
