package config

import "crypto/tls"

// TargetFlags describe one target by a command line alone. Files are relative to the working directory.
type TargetFlags struct {
	// URL is the argument TARGET.
	URL string
	// Overrides hold the flags that the target shares with serve; only timeouts and TLS count.
	Overrides Overrides
	// ServerName is verified, and sent, instead of the URL's host; "" is that host.
	ServerName string
	// Certificate and Key are PEM files, both or none.
	Certificate, Key string
}

// LoadTarget reads a target by the rules and with the defaults of a configuration file, so that what works with one
// command works with another. The error is Problems, whose files are the names of the flags.
func LoadTarget(f TargetFlags) (Target, error) {
	l := newLoading(".")
	d := newDraft(l)
	d.override(f.Overrides)
	var t Target
	if targetRule.accepts(l.flag("TARGET"), f.URL) {
		t.setURL(f.URL)
		t.Timeouts = timeoutSettings{}.resolve(d.timeouts)
		t.TLS = d.tls.forTarget(t.Secure)
		f.decodeTLS(l, &t)
	}
	if len(l.problems) > 0 {
		return Target{}, l.result()
	}
	return t, nil
}

// decodeTLS takes what has no default. None of it makes sense for a plain target.
func (f TargetFlags) decodeTLS(l *loading, t *Target) {
	for _, given := range []struct{ flag, value string }{
		{"--server-name", f.ServerName}, {"--certificate", f.Certificate}, {"--key", f.Key},
	} {
		if given.value != "" && !t.Secure {
			l.flag(given.flag).refuse("an https target with it", "is set, but the target is plain")
			return
		}
	}
	if serverNameRule.accepts(l.flag("--server-name"), f.ServerName) {
		t.TLS.ServerName = f.ServerName
	}
	t.TLS.Certificates = f.keyPair(l)
}

func (f TargetFlags) keyPair(l *loading) []tls.Certificate {
	certificateAt, keyAt := l.flag("--certificate"), l.flag("--key")
	switch {
	case f.Certificate == "" && f.Key == "":
		return nil
	case f.Key == "":
		keyAt.refuse("--certificate and --key together", "is missing")
		return nil
	case f.Certificate == "":
		certificateAt.refuse("--certificate and --key together", "is missing")
		return nil
	}
	k := keyPair{certificateAt: &certificateAt, keyAt: &keyAt}
	k.takeCertificate(f.Certificate, f.Certificate)
	k.takeKey(f.Key, f.Key)
	return k.pair("--certificate")
}
