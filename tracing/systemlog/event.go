package systemlog

import (
	"time"

	"github.com/rs/zerolog"
)

// Names of the fields a zerolog event may carry for the fixed parts of a line. Level and message go by zerolog's own names.
const (
	FieldTimestamp = "timestamp" // int64, Unix milliseconds; absent: the time of writing
	FieldLogger    = "logger"    // upper-case dotted name such as HTTP.CLIENT
	FieldThread    = "thread"    // such as NIOThread@1
	FieldOrg       = "org"
	FieldEnv       = "env"
	FieldAPI       = "api"
	FieldRevision  = "rev"
	FieldMessageID = "messageid"
	FieldException = "exception" // string, lines separated by \n
)

// Names of the further fields that repeat a channel's description, spelled as in the line. They show in the JSON format.
const (
	FieldChannel      = "channel"   // SSLClientChannel or ClientChannel
	FieldChannelID    = "channelId" // the number after the @
	FieldRemote       = "remote"    // address:port of the target
	FieldLocal        = "local"
	FieldUseCount     = "useCount"
	FieldBytesRead    = "bytesRead"
	FieldBytesWritten = "bytesWritten"
	FieldAge          = "age"    // milliseconds
	FieldLastIO       = "lastIO" // milliseconds
	FieldIsOpen       = "isOpen"
)

const (
	defaultLogger = "BOOTSTRAP"
	defaultThread = "Apigee-Main-1"

	fieldLevel   = "level"
	fieldMessage = "message"
	fieldError   = "error"
)

// Event is one entry of system.log. Empty strings are parts the line does not have.
type Event struct {
	Time   time.Time // zero: the line has none (playbooks quote lines without), and Format takes the present
	Level  zerolog.Level
	Logger string
	Thread string

	Org, Env, API, Revision, MessageID string

	Message   string  // the text itself, escapes of the line undone: escape again before showing it on a terminal
	Exception string  // lines separated by \n
	Fields    []Field // further fields, known only to the JSON format
}

// Field is a further field of an event. Value is its JSON text, quotes included if it is a string.
type Field struct{ Name, Value string }

// levelName returns the original's word for l. Its logging library knows no level above ERROR.
func levelName(l zerolog.Level) string {
	switch {
	case l == zerolog.NoLevel:
		return "INFO"
	case l >= zerolog.ErrorLevel:
		return "ERROR"
	case l == zerolog.WarnLevel:
		return "WARN"
	case l == zerolog.InfoLevel:
		return "INFO"
	case l == zerolog.DebugLevel:
		return "DEBUG"
	}
	return "TRACE"
}

// parseLevel knows the words of levelName and zerolog's own.
func parseLevel(name string) (l zerolog.Level, ok bool) {
	switch name {
	case "ERROR", "error", "fatal", "panic":
		return zerolog.ErrorLevel, true
	case "WARN", "warn":
		return zerolog.WarnLevel, true
	case "INFO", "info":
		return zerolog.InfoLevel, true
	case "DEBUG", "debug":
		return zerolog.DebugLevel, true
	case "TRACE", "trace":
		return zerolog.TraceLevel, true
	}
	return zerolog.InfoLevel, false
}
