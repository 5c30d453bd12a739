package tracing

import (
	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// logTo sends what the OpenTelemetry libraries complain about to warn instead of standard error. Their logger is one for
// the whole process.
func logTo(warn func(string)) {
	otel.SetLogger(logr.New(complaints{warn}))
}

// complaints is a logr.LogSink of errors only. It leaves out the values that come with a message, because the headers of
// an exporter, which hold its credentials, can be among them.
type complaints struct{ warn func(string) }

// Init does nothing.
func (complaints) Init(logr.RuntimeInfo) {}

// Enabled is false: what is no error is of no interest.
func (complaints) Enabled(int) bool { return false }

// Info does nothing.
func (complaints) Info(int, string, ...any) {}

// Error passes message and error on.
func (c complaints) Error(err error, message string, _ ...any) {
	if err != nil {
		message += ": " + shorten(err.Error())
	}
	c.warn("OpenTelemetry: " + message)
}

// WithValues leaves the values out.
func (c complaints) WithValues(...any) logr.LogSink { return c }

// WithName leaves the name out.
func (c complaints) WithName(string) logr.LogSink { return c }
