package management

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withCapture are options that know one capture, and remember what they were asked for.
func withCapture(t *testing.T, content []byte, asked *[]string) Options {
	t.Helper()
	o := options()
	path := filepath.Join(t.TempDir(), "mp1-12575-7-1.pcapng")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Capture = func(messageID string) string {
		*asked = append(*asked, messageID)
		if messageID == "mp1-12575-7-1" {
			return path
		}
		return ""
	}
	return o
}

func TestACaptureIsOfferedOnThePageOfItsTransaction(t *testing.T) {
	var asked []string
	o := withCapture(t, []byte("packets"), &asked)
	o.Sessions.Observe(timedOut("GET", "/v0/orders"))
	base := start(t, o)
	page := get(t, base+"/faults/mp1-12575-7-1")
	if !strings.Contains(page.text, `href="/captures/mp1-12575-7-1"`) {
		t.Errorf("no link to the capture:\n%s", page.text)
	}
	r := get(t, base+"/captures/mp1-12575-7-1")
	if r.StatusCode != 200 || r.text != "packets" {
		t.Fatalf("%d %q", r.StatusCode, r.text)
	}
	if got := r.Header.Get("Content-Disposition"); got != `attachment; filename="mp1-12575-7-1.pcapng"` {
		t.Errorf("Content-Disposition: %s", got)
	}
}

func TestThePageShowsWhatThePacketsSay(t *testing.T) {
	content, err := os.ReadFile("../../faults/diagnosis/packets/testdata/playbook.pcap")
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	o := withCapture(t, content, &asked)
	o.Sessions.Observe(timedOut("GET", "/v0/orders"))
	page := get(t, start(t, o)+"/faults/mp1-12575-7-1").text
	for _, want := range []string{"--- SYN ---", "ClientHello again x3", "firewall-drops-data: ", "packets 5, 6 and 7"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

func TestADamagedCaptureIsSaidToBeOne(t *testing.T) {
	var asked []string
	o := withCapture(t, []byte("no packets"), &asked)
	o.Sessions.Observe(timedOut("GET", "/v0/orders"))
	if page := get(t, start(t, o)+"/faults/mp1-12575-7-1").text; !strings.Contains(page, "The capture cannot be read: ") {
		t.Errorf("not told:\n%s", page)
	}
}

func TestWithoutACaptureNothingIsOffered(t *testing.T) {
	o := options()
	o.Sessions.Observe(timedOut("GET", "/v0/orders"))
	base := start(t, o)
	if page := get(t, base+"/faults/mp1-12575-7-1"); strings.Contains(page.text, "packet capture") {
		t.Error("a capture is offered that there is not")
	}
	if r := get(t, base+"/captures/mp1-12575-7-1"); r.StatusCode != 404 {
		t.Errorf("status %d, want 404", r.StatusCode)
	}
}

func TestNoPathLeadsOutOfTheDirectoryOfCaptures(t *testing.T) {
	var asked []string
	base := start(t, withCapture(t, []byte("packets"), &asked))
	for _, path := range []string{"/captures/..%2f..%2fetc%2fpasswd", "/captures/%2e%2e", "/captures/", "/captures/mp1-12575-7-2",
		"/captures/mp1-12575-7-1%00", "/captures/%2fetc%2fpasswd"} {
		if r := get(t, base+path); r.StatusCode != 404 || strings.Contains(r.text, "root:") {
			t.Errorf("%s: %d %q", path, r.StatusCode, r.text)
		}
	}
}
