package channel

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/netip"
	"time"
)

// certificateError is a refused certificate: UntrustedCert, ExpiredCert,
// WrongName or WrongAddress.
type certificateError struct {
	cause Cause
	name  string // the name or address that is missing, for the last two
	err   error
}

func (e *certificateError) Error() string { return e.err.Error() }
func (e *certificateError) Unwrap() error { return e.err }

// judgement decides whether the peer is the target, in the original's order:
// chain, validity, name. So an expired certificate of an unknown authority is
// untrusted, and an expired one for another host is expired.
type judgement struct {
	mode  Verify
	roots *x509.CertPool
	name  string
}

// connection is a tls.Config.VerifyConnection. A resumed session was judged when
// it began, and crypto/tls itself drops it once the certificate has expired.
func (j judgement) connection(state tls.ConnectionState) error {
	if j.mode == VerifyNone || state.DidResume {
		return nil
	}
	if len(state.PeerCertificates) == 0 {
		return &certificateError{cause: UntrustedCert, err: errors.New("the peer sent no certificate")}
	}
	if j.mode != VerifyHostname {
		if err := j.chain(state.PeerCertificates); err != nil {
			return err
		}
	}
	return j.host(state.PeerCertificates[0])
}

// chain accepts a chain that is good today. A chain that is good at some other
// time, namely when one of its certificates began or ended, is merely expired;
// one that never was good is untrusted.
func (j judgement) chain(certificates []*x509.Certificate) error {
	options := x509.VerifyOptions{Roots: j.roots, Intermediates: x509.NewCertPool()}
	for _, issuer := range certificates[1:] {
		options.Intermediates.AddCert(issuer)
	}
	leaf := certificates[0]
	_, err := leaf.Verify(options)
	if err == nil {
		return nil
	}
	for _, moment := range moments(certificates) {
		options.CurrentTime = moment
		if _, then := leaf.Verify(options); then == nil {
			return &certificateError{cause: ExpiredCert, err: err}
		}
	}
	return &certificateError{cause: UntrustedCert, err: err}
}

// moments are bounded, because the peer chooses how many certificates it sends.
func moments(certificates []*x509.Certificate) []time.Time {
	var list []time.Time
	for _, certificate := range certificates[:min(len(certificates), 4)] {
		list = append(list, certificate.NotBefore, certificate.NotAfter)
	}
	return list
}

func (j judgement) host(leaf *x509.Certificate) error {
	err := leaf.VerifyHostname(j.name)
	if err == nil {
		return nil
	}
	cause := WrongName
	if _, notAddress := netip.ParseAddr(j.name); notAddress == nil {
		cause = WrongAddress
	}
	return &certificateError{cause: cause, name: j.name, err: err}
}
