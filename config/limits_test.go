package config

import "testing"

func TestBufferedBodiesLeaveRoomForTheLargestCall(t *testing.T) {
	const sizes = "limits: {request_body: 1_000, response_body: 500, "
	for text, want := range map[string]string{
		sizes + "buffered_bodies: 1_500}": "",
		sizes + "buffered_bodies: 1_499}": "f:1: limits.buffered_bodies: is 1499, less than the 1500 of a single call; allowed: at least request_body and response_body together",
	} {
		_, err := Parse("f", []byte(text), Overrides{})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != "" && (err == nil || err.Error() != want):
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	g := mustParse(t, "limits: {request_body: 1_000_000_000, response_body: 1_000_000_000}", Overrides{})
	if got := g.Limits.BufferedBodies; got != 2_000_000_000 {
		t.Errorf("%d bytes may be buffered", got)
	}
}
