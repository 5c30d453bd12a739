package metrics

import (
	"strconv"

	"message-processor/faults"
	"message-processor/tracing"
)

// key is everything by which requests are counted separately.
type key struct {
	route
	target   string // host:port
	method   method
	status   int16 // of the answer
	answered int16 // status of the target's answer; 0: there was none
	fault    faults.ID
	overflow bool // stands for the keys there was no room for
}

// route is the API proxy. Without a name: requests that no proxy was found for.
type route struct {
	environment, api, basePath string
	revision                   int
}

// method is an index into methods.
type method uint8

// methods are those of RFC 9110, RFC 5789 and the QUERY draft; http.request.method is _OTHER for every other.
var methods = [...]string{"_OTHER", "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "QUERY"}

func methodOf(name []byte) method {
	for i, known := range methods[1:] {
		if string(name) == known {
			return method(i + 1)
		}
	}
	return 0
}

func (m method) String() string { return methods[m] }

func keyOf(r *tracing.Record) key {
	return key{
		route:  route{r.API.Environment, r.API.Name, r.API.BasePath, r.API.Revision},
		target: r.API.Target, method: methodOf(r.Method),
		status: int16(r.Status), answered: answered(r), fault: faultOf(r),
	}
}

// faultOf is the fault that the request's answer tells, empty if none: one of the gateway's, or a target's own 4xx or 5xx
// (contract section 3.3).
func faultOf(r *tracing.Record) faults.ID {
	if r.Failure != nil {
		return r.Failure.Fault.ID
	}
	if code, _ := r.Fault(); code != "" {
		return faults.ErrorResponseCode
	}
	return ""
}

// answered is the status in the target's answer. The client may have got another: of a fault, or 499.
func answered(r *tracing.Record) int16 {
	const at = len("HTTP/1.1 ")
	head := r.Messages.ResponseHead
	if len(head) < at+3 {
		return 0
	}
	var status int16
	for _, digit := range head[at : at+3] {
		if digit < '0' || digit > '9' {
			return 0
		}
		status = status*10 + int16(digit-'0')
	}
	return status
}

// overRoute is the key that stands for the further ones of its API proxy, overall for the further ones of all.
func (k *key) overRoute() key { return key{route: k.route, overflow: true} }
func overall() key            { return key{overflow: true} }

// statusText is the error.type of a status.
func statusText(status int16) string { return strconv.Itoa(int(status)) }
