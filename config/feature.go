package config

// Capture records packets around a fault. This version reads it and warns that it has no effect yet.
type Capture struct {
	OnFault    bool
	Directory  string
	TLSSecrets bool
}

func (c *Capture) decode(v value) {
	v.mapping([]field{
		{"on_fault", boolean(&c.OnFault)},
		{"directory", v.loading.pathField(&c.Directory)},
		{"tls_secrets", boolean(&c.TLSSecrets)},
	})
	if at, _ := v.at("on_fault"); c.OnFault {
		at.warn("has no effect in this version")
	}
	if at, _ := v.at("tls_secrets"); c.TLSSecrets {
		at.warn("has no effect in this version")
	}
}

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
