package management

// Options is what the listener needs of the running gateway. The functions are called for each request, from several
// goroutines, so that answers follow a reload; all of them must be set.
type Options struct {
	Routes       func() []Route
	Ready        func() bool // false while the gateway drains
	Organization func() string
	Environment  func() string

	Username, Password string   // HTTP Basic; both empty: no password is asked for
	PProf              bool     // serve /debug/pprof/
	Hosts              []string // names, without port, the listener answers to besides localhost and IP literals
}

// Route is one deployed API proxy.
type Route struct {
	API              string
	Revision         int
	BasePath, Target string // Target is shown to people: a URL without secrets
}
