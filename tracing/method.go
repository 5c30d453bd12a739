package tracing

// Method is a request's method as the attribute http.request.method has it: one of those that RFC 9110, RFC 5789 and
// the QUERY draft define, written exactly so. The zero Method is every other, _OTHER: what a client makes up is no
// value to count or to name things by.
type Method uint8

var methods = [...]string{"_OTHER", "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "QUERY"}

// MethodOf is the Method of the bytes that a request begins with.
func MethodOf(name []byte) Method {
	for i, known := range methods[1:] {
		if string(name) == known {
			return Method(i + 1)
		}
	}
	return 0
}

// String is the value of http.request.method.
func (m Method) String() string { return methods[m] }

// spanName is the method as a span's name has it, by the HTTP semantic conventions.
func (m Method) spanName() string {
	if m == 0 {
		return "HTTP"
	}
	return m.String()
}
