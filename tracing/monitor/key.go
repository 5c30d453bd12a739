package monitor

import (
	"strconv"

	"message-processor/faults"
	"message-processor/tracing"
)

// What stands for a value that is not there (as in the original's analytics), and for those beyond the bounds.
const (
	NotSet = "(not set)"
	Other  = "(other)"
)

// Key is what a series is about. The zero Key is a request that found no API proxy and was answered nothing.
type Key struct {
	Proxy       string // API proxy; empty: none was found
	Target      string // host:port; empty: there is none
	Status      int    // 1 to 5: a class of statuses that are not told apart; 0: none
	FaultCode   string // as the trace names it; empty: no fault
	FaultSource string // target, proxy, apigee or router; empty: no fault
}

func keyOf(r *tracing.Record) Key {
	k := Key{Proxy: r.API.Name, Target: r.API.Target, Status: r.Status}
	k.FaultCode, k.FaultSource = r.Fault()
	return k
}

// IsFault tells whether these requests ended in a fault: one of this gateway's, or a target's own 4xx or 5xx.
func (k *Key) IsFault() bool { return k.FaultCode != "" }

// class is the first digit of the status.
func (k *Key) class() int {
	if k.Status < 100 {
		return k.Status
	}
	return k.Status / 100
}

// coarse does not tell statuses apart, other does not tell anything apart that a peer could multiply.
func (k Key) coarse() Key {
	k.Status = k.class()
	return k
}

func (k Key) other() Key {
	o := Key{Proxy: Other, Target: Other, Status: min(k.class(), 9), FaultSource: k.FaultSource}
	if k.IsFault() {
		o.FaultCode = Other
	}
	return o
}

// Dimension is a property by which requests are told apart, in the original's spelling.
type Dimension string

// The dimensions. The last three follow from the fault code.
const (
	Proxy                Dimension = "proxy"
	Target               Dimension = "target"
	StatusCode           Dimension = "statusCode"
	FaultCode            Dimension = "faultCode"
	FaultSource          Dimension = "faultSource"
	FaultCodeCategory    Dimension = "faultCodeCategory"
	FaultCodeSubCategory Dimension = "faultCodeSubCategory"
	FaultCodeName        Dimension = "faultCodeName"
)

// Value is the key's value of a dimension, NotSet if there is none.
func (k *Key) Value(d Dimension) string {
	text := ""
	switch d {
	case Proxy:
		text = k.Proxy
	case Target:
		text = k.Target
	case StatusCode:
		text = k.status()
	case FaultCode:
		text = k.FaultCode
	case FaultSource:
		text = k.FaultSource
	case FaultCodeCategory:
		text = faults.CategoryOf(k.FaultCode).Category
	case FaultCodeSubCategory:
		text = faults.CategoryOf(k.FaultCode).Sub
	case FaultCodeName:
		text = faults.CategoryOf(k.FaultCode).Name
	}
	if text == "" {
		return NotSet
	}
	return text
}

func (k *Key) status() string {
	switch {
	case k.Status <= 0:
		return ""
	case k.Status < 100:
		return strconv.Itoa(k.Status) + "xx"
	}
	return strconv.Itoa(k.Status)
}

// Condition asks for a value of a dimension. A status code may be a class, such as 5xx; Any is fine with every value.
type Condition struct {
	Dimension Dimension
	Value     string
}

// Any is the original's wildcard.
const Any = "ANY"

func (c Condition) holds(k *Key) bool {
	if c.Value == Any {
		return true
	}
	if c.Dimension == StatusCode && len(c.Value) == 3 && c.Value[1:] == "xx" {
		return k.class() == int(c.Value[0]-'0')
	}
	return k.Value(c.Dimension) == c.Value
}

func holdAll(conditions []Condition, k *Key) bool {
	for _, c := range conditions {
		if !c.holds(k) {
			return false
		}
	}
	return true
}
