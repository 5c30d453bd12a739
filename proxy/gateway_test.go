package proxy

import "testing"

func TestAnAnswerPassesThrough(t *testing.T) {
	target := serve(t, always(plain))
	g := setup{target: target.url()}.start(t)
	got := g.get("/v1/orders/7?x=1")
	if got.StatusCode != 200 || got.body != "ok" {
		t.Fatalf("got %d %q", got.StatusCode, got.body)
	}
	r := g.record()
	if r.Status != 200 || r.fault != "" || string(r.Path) != "/v1/orders/7?x=1" || r.BytesOut != 2 {
		t.Errorf("recorded %+v", r)
	}
	if lines := g.lines(); lines != nil {
		t.Errorf("a healthy request wrote %q", lines)
	}
}
