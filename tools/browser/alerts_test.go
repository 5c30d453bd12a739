package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The playbook's last advice: an alert on the number of BadGateway faults. Made by keyboard, seen to fire without a
// reload, followed to the trace of what made it fire.
func TestAPersonSetsUpAnAlertSeesItFireAndFollowsItToATrace(t *testing.T) {
	g := startGateway(t)
	b := openTab(t, g.management)
	b.do(chromedp.Navigate(g.management+"/monitoring/alerts"), chromedp.Focus("#new-alert"), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible("#f-name"), chromedp.SendKeys("#f-name", "Too many <b>bad</b> gateways"),
		chromedp.SetValue("#f-threshold", "0"), chromedp.SetValue("#f-seconds", "60"))
	if got := ask[string](b, "document.querySelector('#f-code').value"); got != faultCode {
		t.Errorf("the form proposes %q", got)
	}
	b.picture("alerts-1-form")
	b.do(chromedp.SendKeys("#f-threshold", kb.Enter), chromedp.WaitVisible(".alert"))
	if got := b.text(".alert h2"); got != "inactive Too many <b>bad</b> gateways" {
		t.Errorf("made: %q", got)
	}

	if status := <-g.call("/lab/tls-silent"); status != 502 {
		t.Errorf("the client was answered %d", status)
	}
	b.until("document.querySelector('.alert .chip')?.textContent === 'firing'") // no reload
	if got := b.text(".condition .mono"); got != "count 1 > 0 within 1m0s (faultCode "+faultCode+")" {
		t.Errorf("the condition: %q", got)
	}
	b.picture("alerts-2-firing")
	b.phone()
	id := b.text(".ids-list a")
	if lines := g.logged(t, "Alert.fire()"); len(lines) != 1 || !strings.Contains(lines[0], "last messageid: "+id) {
		t.Errorf("in system.log: %q", lines)
	}
	b.do(chromedp.Click(".ids-list a"), chromedp.WaitVisible("#message-id"))
	if got := b.text("#message-id"); got != id {
		t.Errorf("the trace is of %q, not of %q", got, id)
	}
	b.do(chromedp.Navigate(g.management+"/monitoring/alerts"), chromedp.Focus(".alert button"), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible("#alerts > .card:not(.alert)")) // it says that there is none
	b.behaved()
}

// phone looks at the page as a phone in the dark does: nothing may stick out.
func (b *tab) phone() {
	b.Helper()
	b.prefer("prefers-color-scheme", "dark")
	if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: 390, Height: 844, DeviceScaleFactor: 2, Mobile: true}); err != nil {
		b.Fatal(err)
	}
	b.picture("alerts-3-phone-dark")
	if got := ask[int](b, "document.documentElement.scrollWidth"); got > 390 {
		b.Errorf("%d pixels wide on a phone of 390", got)
	}
}
