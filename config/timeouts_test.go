package config

import (
	"testing"
	"time"
)

func TestTimeoutsAreInheritedFromTargetThenDefaultsThenTheOriginal(t *testing.T) {
	for _, c := range []struct {
		name, defaults, target string
		want                   Timeouts
	}{
		{"nothing given", "{}", "", Timeouts{3 * time.Second, 55 * time.Second, 55 * time.Second, 60 * time.Second}},
		{
			"defaults given",
			"{connect_timeout: 1s, handshake_timeout: 2s, io_timeout: 4s, keepalive_timeout: 5s}", "",
			Timeouts{1 * time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second},
		},
		{
			"target given", "{connect_timeout: 1s}", "connect_timeout: 9s",
			Timeouts{9 * time.Second, 55 * time.Second, 55 * time.Second, 60 * time.Second},
		},
		{
			"an unset handshake timeout follows the target's I/O timeout", "{}", "io_timeout: 30s",
			Timeouts{3 * time.Second, 30 * time.Second, 30 * time.Second, 60 * time.Second},
		},
		{
			"an unset handshake timeout follows the I/O timeout of the defaults", "{io_timeout: 20s}", "",
			Timeouts{3 * time.Second, 20 * time.Second, 20 * time.Second, 60 * time.Second},
		},
		{
			"the target's I/O timeout is nearer than that of the defaults", "{io_timeout: 20s}", "io_timeout: 30s",
			Timeouts{3 * time.Second, 30 * time.Second, 30 * time.Second, 60 * time.Second},
		},
		{
			"a written handshake timeout beats a derived one", "{handshake_timeout: 10s}", "io_timeout: 5m",
			Timeouts{3 * time.Second, 10 * time.Second, 5 * time.Minute, 60 * time.Second},
		},
		{
			"the target's handshake timeout beats all", "{handshake_timeout: 10s, io_timeout: 20s}", "handshake_timeout: 1ms",
			Timeouts{3 * time.Second, time.Millisecond, 20 * time.Second, 60 * time.Second},
		},
		{
			"keep-alive may be zero", "{}", "keepalive_timeout: 0s",
			Timeouts{3 * time.Second, 55 * time.Second, 55 * time.Second, 0},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			// defaults stand last on purpose: the order of keys in the file must not matter.
			g := mustParse(t, targetYAML("http://h", c.target)+"defaults: "+c.defaults+"\n", Overrides{})
			equal(t, c.want, g.Proxies[0].Target.Timeouts)
		})
	}
}

func TestAHandshakeTimeoutFlagReachesTargetsWithTheirOwnIOTimeout(t *testing.T) {
	g := mustParse(t, targetYAML("https://h", "io_timeout: 30s"), Overrides{HandshakeTimeout: ptr(time.Second)})
	equal(t, time.Second, g.Proxies[0].Target.Timeouts.Handshake)
}
