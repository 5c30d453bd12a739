package lab

// dnsFailure has no listener, only a name below .invalid, of which RFC 6761 section 6.4 says that it never resolves.
type dnsFailure struct{}

func (b dnsFailure) open(place) (endpoint, error) {
	return endpoint{address: "dns-failure.invalid:443", close: func() error { return nil }}, nil
}
