package faults

import (
	"strings"
)

// SOAPBody returns what a SOAP client receives instead of Body: a SOAP 1.1
// fault. Its members and the encodingStyle are known from one public capture,
// which showed them as JSON; the XML around them is inferred. A fault without a
// faultstring has no body.
func (f Fault) SOAPBody(v Vars) []byte {
	if f.String == "" {
		return nil
	}
	var b strings.Builder
	b.WriteString(`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"` +
		` soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">` +
		`<soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>`)
	writeXML(&b, f.Message(v))
	b.WriteString(`</faultstring><faultactor/><detail><source><errorcode>`)
	writeXML(&b, f.Code)
	b.WriteString(`</errorcode></source></detail></soap:Fault></soap:Body></soap:Envelope>`)
	return []byte(b.String())
}

// writeXML writes s as character data. What XML 1.0 has no place for (section
// 2.2: most control characters) becomes the replacement character.
func writeXML(b *strings.Builder, s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
}
