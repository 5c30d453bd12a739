package proxy

import (
	"bytes"

	"message-processor/faults"
	"message-processor/proxy/wire"
)

// check refuses requests that are well-formed HTTP but that the original does
// not take.
func (x *exchange) check() error {
	if name := duplicate(x.req.Fields); name != nil {
		return &faultError{id: faults.DuplicateHeader, vars: faults.Vars{"name": string(name)}}
	}
	if x.needsLength() {
		return &faultError{id: faults.LengthRequired}
	}
	return x.checkTargetPath()
}

// checkTargetPath refuses a target URL without a path if it is to be judged as
// one that a policy has set (playbooks 500 EmptyPath and BadPath). Otherwise
// such a URL means "/".
func (x *exchange) checkTargetPath() error {
	target := &x.route.proxy.Target
	switch {
	case !target.DynamicURL || target.URL.Path != "":
		return nil
	case target.Query != "":
		return &faultError{id: faults.BadPath}
	}
	return &faultError{id: faults.EmptyPath}
}

// needsLength tells whether the request is a POST or PUT that says nothing of a
// body, not even that it has none (allow.POST.without.content.length is false).
func (x *exchange) needsLength() bool {
	if x.req.Framing != wire.NoBody {
		return false
	}
	return bytes.Equal(x.req.Method, methodPost) || bytes.Equal(x.req.Method, methodPut)
}

var (
	methodPost = []byte("POST")
	methodPut  = []byte("PUT")
)

// duplicate finds a field that may be there once and is there twice. Names are
// compared in pairs, because hardly any request repeats one.
func duplicate(fields []wire.Field) (name []byte) {
	for i := range fields {
		for j := range i {
			if len(fields[i].Name) == len(fields[j].Name) &&
				bytes.EqualFold(fields[i].Name, fields[j].Name) && isSingle(fields[i].Name) {
				return fields[j].Name
			}
		}
	}
	return nil
}

// isSingle tells whether a field has a single value. The original's list is a
// setting per field (HTTPHeader.{Name} = allowDuplicates), of which only Expires
// is known; the others are the fields that RFC 9110 and 9111 define with a
// single value. Fields nobody defines may repeat.
func isSingle(name []byte) bool {
	for _, single := range singleFields {
		if wire.EqualFold(name, single) {
			return true
		}
	}
	return false
}

var singleFields = [...]string{
	"age", "authorization", "content-location", "content-range", "content-type", "date", "etag", "expires", "from",
	"if-modified-since", "if-range", "if-unmodified-since", "last-modified", "location", "range", "referer",
	"retry-after", "server", "user-agent",
}
