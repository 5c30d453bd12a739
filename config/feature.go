package config

// Capture keeps the last packets of targets and writes those of transactions that end in a fault.
type Capture struct {
	OnFault    bool
	Directory  string // where to; set if OnFault is
	TLSSecrets bool   // adds what decrypts them
}

func (c *Capture) decode(v value) {
	v.mapping([]field{
		{"on_fault", boolean(&c.OnFault)},
		{"directory", v.loading.pathField(&c.Directory)},
		{"tls_secrets", boolean(&c.TLSSecrets)},
	})
	if at, given := v.at("directory"); c.OnFault && c.Directory == "" {
		if given {
			at.refuse(captureDirectory, "is empty")
		} else {
			at.refuse(captureDirectory, "is missing")
		}
	}
	switch at, _ := v.at("tls_secrets"); {
	case c.TLSSecrets && c.OnFault:
		at.warn("is on: whoever can read a capture in %s can read everything that was sent, passwords included",
			quote(c.Directory))
	case c.TLSSecrets:
		at.warn("has no effect without capture.on_fault")
	}
}

const captureDirectory = "a directory for captures, as on_fault is on"

// Compatibility switches on behaviour that only some versions of the original have.
type Compatibility struct {
	Reason               bool // adds "reason" to fault bodies
	WriteTimeoutStatus   int  // 504 or 408
	NoResolvedHost       bool
	Allow405WithoutAllow bool
}

func (c *Compatibility) decode(v value) {
	v.mapping([]field{
		{"reason", boolean(&c.Reason)},
		{"write_timeout_status", choice(&c.WriteTimeoutStatus, 504, 408)},
		{"no_resolved_host", boolean(&c.NoResolvedHost)},
		{"allow_405_without_allow", boolean(&c.Allow405WithoutAllow)},
	})
}
