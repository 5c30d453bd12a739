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
	method   tracing.Method
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

func keyOf(r *tracing.Record) key {
	return key{
		route:  route{r.API.Environment, r.API.Name, r.API.BasePath, r.API.Revision},
		target: r.API.Target, method: tracing.MethodOf(r.Method),
		status: int16(r.Status), answered: int16(r.Answered()), fault: faultOf(r),
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

// overRoute is the key that stands for the further ones of its API proxy, overall for the further ones of all.
func (k *key) overRoute() key { return key{route: k.route, overflow: true} }
func overall() key            { return key{overflow: true} }

// statusText is the error.type of a status.
func statusText(status int16) string { return strconv.Itoa(int(status)) }
