package faults

import "unicode/utf8"

// Body returns the JSON a client receives, compact and without a final newline, as captures of the original show it:
//
//	{"fault":{"faultstring":"Bad Gateway","detail":{"errorcode":"messaging.adaptors.http.flow.BadGateway"}}}
//
// With reason the member "reason" follows errorcode where ReasonCode is known, as newer versions of the original do.
// A fault without a faultstring has no JSON body: Body returns nil.
func (f Fault) Body(v Vars, reason bool) []byte {
	if f.String == "" {
		return nil
	}
	message := f.Message(v)
	b := make([]byte, 0, 128+len(message))
	b = append(b, `{"fault":{"faultstring":`...)
	b = appendJSON(b, message)
	b = append(b, `,"detail":{"errorcode":`...)
	b = appendJSON(b, f.Code)
	if reason && f.ReasonCode != "" {
		b = append(b, `,"reason":`...)
		b = appendJSON(b, f.ReasonCode)
	}
	return append(b, `}}}`...)
}

// appendJSON appends s as a JSON string. encoding/json does not escape "/", the original does.
func appendJSON(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\' || r == '/':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&0xf])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
