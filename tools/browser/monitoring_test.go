package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// mixedTraffic sends calls that go well and calls that time out in the handshake, all at once.
func (g gateway) mixedTraffic(t *testing.T) {
	t.Helper()
	var waiting []<-chan int
	for range 20 {
		waiting = append(waiting, g.call("/lab/healthy/fine"))
	}
	for i := range 4 {
		waiting = append(waiting, g.call(fmt.Sprint("/lab/tls-silent/orders?id=", i)))
	}
	waiting = append(waiting, g.call("/lab/status-503"), g.call("/nobody?a=<b>"), g.call("/lab/tls-close"))
	for _, status := range waiting {
		if got := <-status; got == 0 {
			t.Error("a call was not answered")
		}
	}
}

// A person sees a spike, and is at the trace of one of its calls after two clicks.
func TestAPersonGoesFromASpikeToATrace(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	b.do(chromedp.Navigate(g.management + "/monitoring/?range=15m"))
	g.mixedTraffic(t)
	b.until("document.querySelectorAll('#timeline a[id^=faults-]').length > 0") // no reload
	b.until("document.querySelector('#timeline .numbers').innerText.includes('lab-tls-silent')")
	b.picture("7-timeline")
	if got := b.text("#timeline .numbers tbody tr"); !strings.Contains(got, "lab-tls-silent") || !strings.Contains(got, "100.0 %") {
		t.Errorf("the row with the most faults: %q", got)
	}
	b.do(chromedp.Click("#timeline a[id^=faults-]"), chromedp.WaitVisible("#counted"))
	b.picture("8-calls-of-the-spike")
	b.do(chromedp.Click("[id='"+b.listed("lab-tls-silent")+"']"), chromedp.WaitVisible("#message-id"))
	b.picture("8-trace-of-the-spike")
	b.checkTimedOut()
	b.behaved()
}

// listed is the id of the link to a call in the log view.
func (b *tab) listed(proxy string) string {
	b.Helper()
	return ask[string](b, "Array.from(document.querySelectorAll('.log-view tr')).find((e) => e.innerText.includes('"+proxy+"')).querySelector('a').id")
}

// checkTimedOut reads the page of a call that timed out in the handshake.
func (b *tab) checkTimedOut() {
	b.Helper()
	if got := b.text("#fault-code"); got != faultCode {
		b.Errorf("fault code %q", got)
	}
	if got := b.text(".verdict"); !strings.Contains(got, "ClientHello") {
		b.Errorf("verdict %q", got)
	}
}

// The original's way: plot Fault Code against Time, pick the cell, read the log, and go on to the trace.
func TestAPersonInvestigates(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	g.mixedTraffic(t)
	b.do(chromedp.Navigate(g.management+"/"), chromedp.Click(".sections a[href='/monitoring/investigate']"), chromedp.WaitVisible(".matrix"))
	b.picture("9-investigate")
	b.do(chromedp.Click("a[href*='columns=target']"), chromedp.WaitVisible("a[aria-current][href*='columns=target']"))
	b.do(chromedp.Click("[id^='cell "+faultCode+" ']"), chromedp.WaitVisible("#counted"))
	if got := b.text("#counted"); got != "4 calls" {
		t.Errorf("the cell leads to %q", got)
	}
	if got := ask[int](b, "document.querySelectorAll('.log-view tbody tr').length"); got != 4 {
		t.Errorf("%d calls are listed", got)
	}
	b.do(chromedp.Click(".log-view a"), chromedp.WaitVisible("#message-id"))
	b.checkTimedOut()
	b.behaved()
}

// Faults appear in the log view while it is open, and the focus stays.
func TestFaultsArriveInTheLogView(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	b.do(chromedp.Navigate(g.management + "/monitoring/recent"))
	<-g.call("/lab/tls-close?first")
	b.until("document.querySelectorAll('.log-view tbody tr').length === 1")
	b.do(chromedp.Focus(".log-view a"))
	id := b.text(".log-view a")
	<-g.call("/lab/tls-reset")
	b.until("document.querySelectorAll('.log-view tbody tr').length === 2")
	if got := ask[string](b, "document.activeElement.innerText"); got != id {
		t.Errorf("the focus went from %q to %q", id, got)
	}
	b.behaved()
}

// The spike is reached with Tab, and Enter goes on.
func TestTheKeyboardIsEnoughForMonitoring(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	g.mixedTraffic(t)
	b.do(chromedp.Navigate(g.management + "/monitoring/?range=15m"))
	b.tabTo("#timeline a[id^=faults-]")
	b.picture("10-timeline-keyboard")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#counted"))
	b.tabTo(".log-view a")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#message-id"))
	b.behaved()
}

// Phone width, light and dark: nothing scrolls sideways, and text can be told from its background.
func TestTheMonitoringPagesFitAPhoneAndTheNight(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	g.mixedTraffic(t)
	<-g.call("/lab/status-503?" + strings.Repeat("x", 300))
	pages := map[string]string{"timeline": "/monitoring/?range=15m", "timeline-by-proxy": "/monitoring/?range=1h&by=proxy",
		"investigate": "/monitoring/investigate?range=1h", "recent": "/monitoring/recent", "calls": "/monitoring/calls?from=-1h"}
	for _, scheme := range []string{"light", "dark"} {
		b.prefer("prefers-color-scheme", scheme)
		for _, width := range []int64{320, 375, 1280} {
			b.do(chromedp.EmulateViewport(width, 800))
			for name, path := range pages {
				b.do(chromedp.Navigate(g.management + path))
				if width == 375 || width == 1280 && scheme == "dark" {
					b.picture("11-" + name + "-" + scheme + map[bool]string{true: "-phone"}[width == 375])
				}
				ask[any](b, "document.querySelectorAll('details').forEach((d) => { d.open = true; })")
				b.checkLayout(name, width)
			}
		}
	}
	b.behaved()
}
