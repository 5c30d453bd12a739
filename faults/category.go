package faults

import "strings"

// Category is where API Monitoring files a fault code, and what it calls it for people.
type Category struct {
	Category, Sub, Name string
}

// gatewayCategory is that of the faults of targets. Only that it exists is documented; what belongs to it, and the
// names in it, are inferred.
const gatewayCategory = "Gateway"

// httpNames are the documented rows of API Protocol > HTTP (https://docs.apigee.com/api-monitoring/fault-codes).
var httpNames = map[string]string{
	"protocol.http.BadFormData":                   "HTTP BadFormData",
	"protocol.http.BadPath":                       "HTTP BadRequestPath",
	"protocol.http.DuplicateHeader":               "HTTP DuplicateHeader",
	"protocol.http.EmptyHeaderName":               "HTTP EmptyHeaderName",
	"protocol.http.HeaderNameWithNonAsciiChar":    "HTTP HeaderNameWithNonASCIICharacter",
	"protocol.http.HeaderWithInvalidChar":         "HTTP HeaderWithInvalidCharacter",
	"protocol.http.InvalidPath":                   "HTTP InvalidRequestPath",
	"messaging.adaptors.http.flow.LengthRequired": "HTTP LengthRequired",
	"protocol.http.ProxyTunnelCreationFailed":     "HTTP ProxyTunnelCreationFailed",
	"protocol.http.TooBigBody":                    "HTTP RequestHasABigBody",
	"protocol.http.TooBigLine":                    "HTTP RequestsHaveABigLine",
	"protocol.http.Response306Reserved":           "HTTP Response306IsReserved",
	"protocol.http.Response405WithoutAllowHeader": "HTTP Response405WithoutAllowHeader",
	"protocol.http.ResponseWithBody":              "ResponseWithBodyForIncorrectStatusCode",
	"protocol.http.EmptyPath":                     "HTTP TargetURLHasEmptyPath",
	"protocol.http.TooBigHeaders":                 "HTTP TooBigHeaders",
	"protocol.http.UnsupportedEncoding":           "HTTP UnsupportedEncoding",
}

// Categories are all that API Monitoring serves. The first is of what has none.
func Categories() []string {
	return []string{"", "API Protocol", "Developer/App", "Extension Policy", gatewayCategory, "Mediation Policy", "Mint",
		"Security Policy", "Sense", "Traffic Mgmt Policy"}
}

// CategoryOf files a trace fault code. One that is not documented belongs to Gateway and is called by its last word;
// no code is of no category.
func CategoryOf(traceCode string) Category {
	if name, ok := httpNames[traceCode]; ok {
		return Category{"API Protocol", "HTTP", name}
	}
	if traceCode == "" {
		return Category{}
	}
	return Category{Category: gatewayCategory, Name: traceCode[strings.LastIndexByte(traceCode, '.')+1:]}
}
