package wire

import "bytes"

// FieldID names the fields the gateway must know; Other is everything else. Matching ignores ASCII case.
type FieldID uint8

const (
	Other FieldID = iota
	Host
	ContentLength
	TransferEncoding
	Connection
	KeepAlive
	ProxyConnection
	TE
	Trailer
	Upgrade
	Expect
	MaxForwards
	Forwarded
	XForwardedFor
	XForwardedProto
	XForwardedPort
	XForwardedHost
	XApigee // any name that starts with X-Apigee- or X-Apigee.
	Traceparent
	Tracestate
	ContentEncoding
	ContentType
	Allow
	Date
	ProxyAuthenticate
	ProxyAuthorization
	Authorization
	Cookie
	SetCookie
	Via
	Server
	Location
	HTTP2Settings
)

// fieldSet is a set of FieldIDs, one bit each.
type fieldSet uint64

func (s fieldSet) has(id FieldID) bool { return s>>(id&63)&1 != 0 }

// hopByHop are the fields of RFC 9110 7.6.1 that end here even when no Connection field names them, the proxy credentials
// of 11.7, which are meant for the next hop only, and the leftover of HTTP/2's plain-text upgrade (RFC 7540 3.2.1).
const hopByHop fieldSet = 1<<Connection | 1<<KeepAlive | 1<<ProxyConnection | 1<<TE | 1<<TransferEncoding | 1<<Upgrade |
	1<<ProxyAuthenticate | 1<<ProxyAuthorization | 1<<HTTP2Settings

// protected are the fields that no Connection option can remove: framing, routing, the form of the content, and what
// gateways add for those behind them. A client that could strip these would take away what the target relies on.
const protected fieldSet = 1<<Host | 1<<ContentLength | 1<<ContentType | 1<<ContentEncoding | 1<<Expect | 1<<MaxForwards |
	1<<Forwarded | 1<<XForwardedFor | 1<<XForwardedProto | 1<<XForwardedPort | 1<<XForwardedHost | 1<<XApigee |
	1<<Traceparent | 1<<Tracestate | 1<<Via

// Field is one field line of a head.
type Field struct {
	Name, Value []byte // slices of the head; Value without surrounding blanks
	Line        []byte // the line as it came, CRLF included
	ID          FieldID
	Hop         bool // must not be forwarded: hop-by-hop, or named by a Connection field and not protected
}

// parse splits and judges one field line, CRLF included (RFC 9112 5).
func (f *Field) parse(line []byte) error {
	end := len(line) - 2
	if end < 0 || line[end] != '\r' {
		return malformed("a line ends in a bare LF")
	}
	colon := 0
	for octet[line[colon]]&tokenOctet != 0 {
		colon++
	}
	if colon == 0 || line[colon] != ':' {
		return refuseName(line[:end], colon)
	}
	value := trim(line[colon+1 : end])
	if !validText(value) {
		return malformed("control character in a field value")
	}
	id := fieldID(line[:colon])
	f.Name, f.Value, f.Line, f.ID, f.Hop = line[:colon], value, line, id, hopByHop.has(id)
	return nil
}

// refuseName tells apart what can be wrong before the colon; at is the first octet that is not of a token.
func refuseName(line []byte, at int) error {
	colon := bytes.IndexByte(line, ':')
	switch {
	case len(line) > 0 && isBlank(line[0]):
		return malformed("folded field line")
	case colon < 0:
		return malformed("field line without a colon")
	case colon == 0:
		return &Error{Kind: EmptyName, Reason: "a field name is empty"}
	case bytes.IndexByte(line[:colon], '\r') >= 0:
		return malformed("bare CR")
	}
	return badName(line[:colon], at)
}

// fieldID finds a name among the known ones: those of its length, in a table made of constants.
func fieldID(name []byte) FieldID {
	if len(name) < len(knownNames) {
		for _, known := range knownNames[len(name)] {
			if EqualFold(name, known.lower) {
				return known.id
			}
		}
	}
	if len(name) > 8 && (name[8] == '-' || name[8] == '.') && EqualFold(name[:8], "x-apigee") {
		return XApigee
	}
	return Other
}

type knownName struct {
	lower string
	id    FieldID
}

// knownNames is indexed by the length of the name.
var knownNames = [...][]knownName{
	2:  {{"te", TE}},
	3:  {{"via", Via}},
	4:  {{"host", Host}, {"date", Date}},
	5:  {{"allow", Allow}},
	6:  {{"cookie", Cookie}, {"server", Server}, {"expect", Expect}},
	7:  {{"upgrade", Upgrade}, {"trailer", Trailer}},
	8:  {{"location", Location}},
	9:  {{"forwarded", Forwarded}},
	10: {{"connection", Connection}, {"keep-alive", KeepAlive}, {"set-cookie", SetCookie}, {"tracestate", Tracestate}},
	11: {{"traceparent", Traceparent}},
	12: {{"content-type", ContentType}, {"max-forwards", MaxForwards}},
	13: {{"authorization", Authorization}},
	14: {{"content-length", ContentLength}, {"http2-settings", HTTP2Settings}},
	15: {{"x-forwarded-for", XForwardedFor}},
	16: {{"content-encoding", ContentEncoding}, {"x-forwarded-host", XForwardedHost}, {"x-forwarded-port", XForwardedPort},
		{"proxy-connection", ProxyConnection}},
	17: {{"transfer-encoding", TransferEncoding}, {"x-forwarded-proto", XForwardedProto}},
	18: {{"proxy-authenticate", ProxyAuthenticate}},
	19: {{"proxy-authorization", ProxyAuthorization}},
}
