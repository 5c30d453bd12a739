package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const faultCode = "messaging.adaptors.http.BadGateway"

// The playbook: enable a session, send the failing call, see the fault, note the message id, find it in system.log.
func TestAPersonFollowsThePlaybook(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	b.do(chromedp.Navigate(g.management+"/"), chromedp.SetValue("#proxy", "1 lab-tls-silent"),
		chromedp.SendKeys(".filter input[name=name]", "X-Dbg"), chromedp.SendKeys(".filter input[name=value]", "1"))
	b.picture("1-start")
	b.do(chromedp.Click("#start"), chromedp.WaitVisible("#try"))
	b.picture("2-waiting")
	session := ask[string](b, "location.pathname")

	answered := g.call("/lab/tls-silent/orders?id=17")
	b.until("document.querySelector('.calls a .chip')?.textContent === '502'") // no reload
	if status := <-answered; status != 502 {
		t.Errorf("the client was answered %d", status)
	}
	if got := b.text("#status"); got != "1 new call" {
		t.Errorf("announced: %q", got)
	}
	b.picture("3-arrived")

	b.do(chromedp.Click(".calls a"), chromedp.WaitVisible("#message-id"))
	b.checkTransaction()
	id := b.copyMessageID()
	lines := g.logged(t, "messageid:"+id+" ")
	if len(lines) != 1 || !strings.Contains(lines[0], "handshake timeout") {
		t.Errorf("in system.log: %q", lines)
	}
	if shown := b.text("#log-lines"); !strings.Contains(shown, "messageid:"+id+" ") {
		t.Errorf("the page shows %q", shown)
	}
	b.picture("4-transaction")
	b.do(chromedp.Navigate(g.management+session), chromedp.Click(".quiet"), chromedp.WaitVisible("#start"))
	if got := ask[int](b, "document.querySelectorAll('.sessions li').length"); got != 0 {
		t.Errorf("%d sessions after it was stopped", got)
	}
	b.behaved()
}

// checkTransaction reads the page of the call that timed out.
func (b *tab) checkTransaction() {
	b.Helper()
	if got := b.text("#fault-code"); got != faultCode {
		b.Errorf("fault code %q", got)
	}
	if got := b.text(".verdict"); !strings.Contains(got, "ClientHello") {
		b.Errorf("verdict %q", got)
	}
	if got := b.text("#curl"); !strings.Contains(got, "/lab/tls-silent/orders?id=17") || !strings.Contains(got, "X-Dbg: 1") {
		b.Errorf("curl: %q", got)
	}
	if got := ask[string](b, "document.querySelector('.lane.failed text').textContent"); got != "TLS handshake" {
		b.Errorf("%q stands out", got)
	}
	share := ask[float64](b, `(() => { const box = (s) => document.querySelector(s).getBoundingClientRect().width;
		return box(".lane.failed .step") / box(".lane.failed .track"); })()`)
	if share < 0.97 || share > 1.01 {
		b.Errorf("2 s of 2 s are drawn as %.0f %% of the width", 100*share)
	}
	colours := ask[[]string](b, `[".lane.failed .step", ".lane:not(.failed) .step"].map((s) => getComputedStyle(document.querySelector(s)).fill)`)
	if colours[0] == colours[1] {
		b.Errorf("the failed step has the colour of the others, %s", colours[0])
	}
	b.do(chromedp.Click(".points .state summary"), chromedp.WaitVisible(".points .state details[open] .message"))
}

// copyMessageID presses the button and returns what is in the clipboard then.
func (b *tab) copyMessageID() string {
	b.Helper()
	b.do(chromedp.Click("[data-copy=message-id]"))
	b.until("document.querySelector('#status').textContent === 'Copied'")
	copied, shown := ask[string](b, "navigator.clipboard.readText()"), b.text("#message-id")
	if copied == "" || copied != shown {
		b.Errorf("copied %q, shown %q", copied, shown)
	}
	return copied
}

// A fault that nobody was looking for is on the start page, and arrives there while it is open.
func TestAKeptFaultArrivesOnTheStartPage(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	b.do(chromedp.Navigate(g.management + "/"))
	<-g.call("/lab/tls-close")
	b.until("document.querySelectorAll('#faults .calls li').length === 1")
	b.do(chromedp.Focus("#faults .calls a"))
	<-g.call("/lab/tls-reset")
	b.until("document.querySelectorAll('#faults .calls li').length === 2")
	if got := ask[string](b, "document.activeElement.innerText"); !strings.Contains(got, "/lab/tls-close") {
		t.Errorf("the focus went from its call to %q", got)
	}
	b.do(chromedp.Click("#faults .calls a"), chromedp.WaitVisible("#message-id"))
	b.behaved()
}

// Everything is reached with Tab and Enter, and one sees where one is.
func TestTheKeyboardIsEnough(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	b.do(chromedp.Navigate(g.management + "/"))
	b.tabTo("#proxy")
	b.do(chromedp.KeyEvent("lab-tls-silent"))
	b.until("document.querySelector('#proxy').value === '1 lab-tls-silent'")
	b.tabTo("#start")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#try"))
	<-g.call("/lab/tls-silent")
	b.until("document.querySelector('.calls a') !== null")
	b.tabTo(".calls a")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#message-id"))
	b.tabTo("[data-copy=message-id]")
	b.picture("5-keyboard")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until("document.querySelector('#status').textContent === 'Copied'")
	b.tabTo(".points .state summary")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(".points .state details[open] .message"))
	b.behaved()
}

// tabTo presses Tab until the element has the focus, which must be seen on every station.
func (b *tab) tabTo(selector string) {
	b.Helper()
	for range 120 {
		b.do(chromedp.KeyEvent(kb.Tab))
		where := ask[map[string]string](b, `(() => { const e = document.activeElement, s = getComputedStyle(e);
			return { here: String(e.matches('`+selector+`')), outline: s.outlineStyle, what: e.outerHTML.slice(0, 80) }; })()`)
		if where["outline"] == "none" {
			b.Errorf("the focus cannot be seen on %s", where["what"])
		}
		if where["here"] == "true" {
			return
		}
	}
	b.picture("failed")
	b.Fatalf("%s is not reached with Tab", selector)
}

// Phone width, light and dark: nothing scrolls sideways, and text can be told from its background.
func TestThePagesFitAPhoneAndTheNight(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	for _, path := range []string{"/lab/tls-silent/a/path/that/is/long/enough/to/leave/any/phone?with=a&query=too&of=" + strings.Repeat("x", 200),
		"/lab/big-headers", "/lab/status-503"} {
		<-g.call(path)
	}
	b.do(chromedp.Navigate(g.management+"/"), chromedp.SetValue("#proxy", "1 lab-status-503"), chromedp.Click("#start"), chromedp.WaitVisible("#try"))
	session := ask[string](b, "location.pathname")
	<-g.call("/lab/status-503")
	b.until("document.querySelector('.calls a') !== null")
	pages := map[string]string{"start": "/", "session": session,
		"answered": ask[string](b, "document.querySelector('.calls a').getAttribute('href')")}
	b.do(chromedp.Navigate(g.management + "/"))
	pages["fault"] = ask[string](b, "Array.from(document.querySelectorAll('#faults a')).find((a) => a.innerText.includes('tls-silent')).getAttribute('href')")
	for _, scheme := range []string{"light", "dark"} {
		b.prefer("prefers-color-scheme", scheme)
		for _, width := range []int64{320, 375, 768, 1280} {
			b.do(chromedp.EmulateViewport(width, 800))
			for name, path := range pages {
				b.do(chromedp.Navigate(g.management + path))
				ask[any](b, "document.querySelectorAll('details').forEach((d) => { d.open = true; })")
				b.checkLayout(name, width)
				if width == 375 || width == 1280 && scheme == "dark" {
					b.do(chromedp.Navigate(g.management + path))
					b.picture("6-" + name + "-" + scheme + map[bool]string{true: "-phone"}[width == 375])
				}
			}
		}
	}
	b.behaved()
}

// checkLayout looks for sideways scrolling and for text that is hard to read.
func (b *tab) checkLayout(name string, width int64) {
	b.Helper()
	if got := ask[int64](b, "document.documentElement.scrollWidth"); got > width {
		b.picture("failed")
		b.Errorf("%s is %d pixels wide on a screen of %d", name, got, width)
	}
	for _, text := range ask[[]string](b, faintText) {
		b.Errorf("%s: hard to read: %s", name, text)
	}
}

// faintText finds text whose contrast to its background is below 4.5 to 1 (WCAG 2.2, 1.4.3).
const faintText = `(() => {
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
	const light = (c) => [0, 1, 2].map((i) => c[i] / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) { return c; } } return [255, 255, 255]; };
	const found = new Set();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		if (!walker.currentNode.textContent.trim() || !e.checkVisibility() || e.closest("script, title, desc, .aside, #status")) { continue; }
		const style = getComputedStyle(e);
		const [a, b] = [light(rgba(e.closest("svg") ? style.fill : style.color)), light(behind(e))].sort((x, y) => y - x);
		const contrast = (a + 0.05) / (b + 0.05);
		if (contrast < 4.5) { found.add(contrast.toFixed(2) + " " + walker.currentNode.textContent.trim().slice(0, 40)); }
	}
	return Array.from(found);
})()`
