package config

import "time"

// Overrides are the command line's values; nil was not given. They replace the file's top-level values and its
// defaults, never what a target sets for itself. Their problems carry the flag's name as file.
type Overrides struct {
	// Target adds the proxy "default", revision 1, at base path "/".
	Target *string

	Listen, Management        *string
	Organization, Environment *string

	SystemLog, LogFormat, LogLevel *string // SystemLog is relative to the working directory, as is TLSCA

	TLSVerify, TLSCA *string

	ConnectTimeout, HandshakeTimeout, IOTimeout, KeepAliveTimeout *time.Duration
}

// override applies the flags.
func (d *draft) override(o Overrides) {
	d.overrideText("--organization", o.Organization, &d.Organization, nameRule)
	d.overrideText("--environment", o.Environment, &d.Environment, nameRule)
	d.overrideText("--system-log", o.SystemLog, &d.SystemLog.Path, filledRule)
	d.overrideText("--log-format", o.LogFormat, &d.SystemLog.Format, formatRule())
	d.overrideText("--log-level", o.LogLevel, &d.SystemLog.Level, levelRule())
	d.overrideText("--tls-verify", o.TLSVerify, &d.tls.Verify, verifyRule())
	if d.overrideText("--listen", o.Listen, &d.Listen, addressRule) {
		d.listenAt = d.loading.flag("--listen")
	}
	if d.overrideText("--management", o.Management, &d.Management.Listen, addressRule) {
		d.managementAt = d.loading.flag("--management")
	}
	if o.TLSCA != nil {
		d.tls.readAuthority(d.loading.flag("--tls-ca"), *o.TLSCA)
	}
	d.overrideTimeouts(o)
}

func (d *draft) overrideText(flag string, given, to *string, r rule) bool {
	if given == nil || !r.accepts(d.loading.flag(flag), *given) {
		return false
	}
	*to = *given
	return true
}

func (d *draft) overrideTimeouts(o Overrides) {
	for _, f := range []struct {
		flag  string
		given *time.Duration
		to    **time.Duration
		rule  durationRule
	}{
		{"--connect-timeout", o.ConnectTimeout, &d.timeouts.connect, durationRule{}},
		{"--handshake-timeout", o.HandshakeTimeout, &d.timeouts.handshake, durationRule{}},
		{"--io-timeout", o.IOTimeout, &d.timeouts.io, durationRule{}},
		{"--keepalive-timeout", o.KeepAliveTimeout, &d.timeouts.keepAlive, noReuse},
	} {
		if f.given != nil && f.rule.accepts(d.loading.flag(f.flag), *f.given) {
			*f.to = f.given
		}
	}
}
