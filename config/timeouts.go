package config

import "time"

// Timeouts are the timers of a target connection. KeepAlive 0 disables reuse; the others are above zero.
type Timeouts struct {
	// Connect covers name lookup and every address tried.
	Connect time.Duration
	// Handshake starts when the TCP connection stands.
	Handshake time.Duration
	// IO is idle time, reading or writing.
	IO time.Duration
	// KeepAlive is how long an unused connection is kept.
	KeepAlive time.Duration
}

// The original's defaults. Its handshake is known to give up after 55 s, and the one timer it documents with that
// value is the I/O timer: so the handshake has no default of its own and follows I/O.
const (
	standardConnect   = 3 * time.Second
	standardIO        = 55 * time.Second
	standardKeepAlive = 60 * time.Second
)

var noReuse = durationRule{zero: "no reuse of connections"}

// timeoutSettings are timers as given; nil inherits.
type timeoutSettings struct{ connect, handshake, io, keepAlive *time.Duration }

func (t *timeoutSettings) fields() []field {
	timer := func(to **time.Duration, r durationRule) func(value) {
		return func(v value) { *to = v.duration(r) }
	}
	return []field{
		{"connect_timeout", timer(&t.connect, durationRule{})},
		{"handshake_timeout", timer(&t.handshake, durationRule{})},
		{"io_timeout", timer(&t.io, durationRule{})},
		{"keepalive_timeout", timer(&t.keepAlive, noReuse)},
	}
}

// resolve fills in what is not given. A handshake timer that somebody wrote down, be it under defaults, always beats
// one that is only derived from an I/O timer: who limits all handshakes to 10 s must not get five minutes at the one
// target whose answers take long.
func (t timeoutSettings) resolve(defaults timeoutSettings) Timeouts {
	io := first(standardIO, t.io, defaults.io)
	return Timeouts{
		Connect:   first(standardConnect, t.connect, defaults.connect),
		Handshake: first(io, t.handshake, defaults.handshake),
		IO:        io,
		KeepAlive: first(standardKeepAlive, t.keepAlive, defaults.keepAlive),
	}
}

func first(fallback time.Duration, given ...*time.Duration) time.Duration {
	for _, d := range given {
		if d != nil {
			return *d
		}
	}
	return fallback
}
