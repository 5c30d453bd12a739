package packets

import (
	"crypto/x509"
	"net/netip"
	"strings"
)

// maxNames bounds the names of a certificate that are listed.
const maxNames = 50

// parseCertificate reads the Certificate message of TLS 1.2 and earlier (RFC 5246 section 7.4.2). nil if its first
// certificate cannot be read.
func parseCertificate(body []byte, packet int) *Certificate {
	f := fields{rest: body}
	list := f.vector(3)
	var leaf *x509.Certificate
	chain := 0
	for len(list.rest) > 0 && !list.bad {
		one := list.vector(3)
		if chain++; chain > 1 {
			continue
		}
		parsed, err := x509.ParseCertificate(one.rest)
		if err != nil {
			return nil
		}
		leaf = parsed
	}
	if leaf == nil {
		return nil
	}
	c := &Certificate{Packet: packet, Subject: clean(leaf.Subject.String()), Issuer: clean(leaf.Issuer.String()),
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter, Chain: chain, Names: []string{}}
	for _, name := range leaf.DNSNames[:min(len(leaf.DNSNames), maxNames)] {
		c.Names = append(c.Names, clean(name))
	}
	for _, ip := range leaf.IPAddresses[:min(len(leaf.IPAddresses), maxNames)] {
		c.Names = append(c.Names, ip.String())
	}
	return c
}

// title is the certificate in a few words.
func (c *Certificate) title() string {
	if len(c.Names) > 0 {
		return strings.Join(c.Names[:min(len(c.Names), 3)], ", ") + ", valid to " + c.NotAfter.Format("2006-01-02")
	}
	return c.Subject + ", valid to " + c.NotAfter.Format("2006-01-02")
}

// covers tells whether the certificate is for a host: a DNS name, where a star stands for one whole label, or an address.
func (c *Certificate) covers(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		for _, name := range c.Names {
			if other, err := netip.ParseAddr(name); err == nil && other.Unmap() == ip.Unmap() {
				return true
			}
		}
		return false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, name := range c.Names {
		name = strings.ToLower(name)
		if name == host {
			return true
		}
		if _, rest, found := strings.Cut(host, "."); found && name == "*."+rest {
			return true
		}
	}
	return false
}
