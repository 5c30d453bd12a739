package tracing

import (
	"fmt"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing/systemlog"
)

// SystemLog is the observer that writes what system.log has to say about a
// request that finished without a fault: one INFO line for a client that left,
// one DEBUG line for anything else. current is the logger in force.
func SystemLog(current func() *zerolog.Logger) Observer {
	return func(r *Record) {
		log := current()
		switch {
		case r.Failure != nil: // LogFault has written it
		case r.Status == StatusClientClosed:
			logClosed(log.Info(), r)
		default:
			logServed(log.Debug(), r)
		}
	}
}

// Line writes a line about the gateway itself rather than a request.
func Line(e *zerolog.Event, logger, thread, message string) {
	e.Str(systemlog.FieldLogger, logger).Str(systemlog.FieldThread, thread).Msg(message)
}

// LogDefect writes the line of a defect that belongs to no request, with its
// stack below.
func LogDefect(log *zerolog.Logger, defect any, stack []byte) {
	Line(log.Error().Str(systemlog.FieldException, string(stack)), "HTTP.SERVICE", "NIOThread@0",
		fmt.Sprintf("ExceptionHandler.handleException() : panic: %v", defect))
}

func logServed(e *zerolog.Event, r *Record) {
	if e = about(e, r, r.End); e == nil {
		return
	}
	var room [256]byte
	text := append(room[:0], "HTTPService.onResponse() : "...)
	text = append(append(text, r.Method...), ' ')
	text = append(append(text, r.Path...), ' ')
	text = append(strconv.AppendInt(text, int64(r.Status), 10), ' ')
	text = append(text, r.End.Sub(r.Start).String()...)
	text = appendAttempts(text, r)
	e.Str(systemlog.FieldLogger, "HTTP.SERVICE").Msg(string(text))
}

// appendAttempts tells of the servers that were tried before the one that answered.
func appendAttempts(text []byte, r *Record) []byte {
	for _, a := range r.Attempts {
		text = fmt.Appendf(text, ", after %s in %s: %v", a.Server, a.Took, a.Err)
	}
	return text
}

func logClosed(e *zerolog.Event, r *Record) {
	if e = about(e, r, r.End); e == nil {
		return
	}
	e.Str(systemlog.FieldLogger, "HTTP.SERVER").
		Msg("HTTPServer$Context.onClose() : the client closed the connection before the response, step " + lastStep(r))
}

// LogFault writes the one ERROR line of the record's failure, with the exception
// block where the original has one. It is called when the failure is noticed,
// before the client is answered: whoever has the answer finds the line.
func LogFault(log *zerolog.Logger, r *Record) {
	e := about(log.Error(), r, r.Failure.At)
	if e == nil {
		return
	}
	fault, vars := &r.Failure.Fault, faults.Vars{}
	for name, value := range r.Failure.Vars {
		vars[name] = value
	}
	vars["message_id"] = r.MessageID
	vars["channel"] = clientChannel(r)
	if r.Channel.ID != 0 {
		vars["channel"] = r.Channel.String()
		e = aboutChannel(e, &r.Channel)
	}
	e = e.Str(systemlog.FieldLogger, fault.Log.Logger).Str("fault", fault.TraceCode)
	if exception := exceptionOf(r, vars); exception != "" {
		e = e.Str(systemlog.FieldException, exception)
	}
	e.Msg(fault.LogText(vars))
}

// exceptionOf is the block below the line: the original's frames where it has
// them, the stack of a defect of ours.
func exceptionOf(r *Record, vars faults.Vars) string {
	if r.Failure.Stack != "" {
		return r.Failure.Stack
	}
	return r.Failure.Fault.LogException(vars)
}

// about adds the context of a line: which proxy, which request, which thread.
// It returns nil when the level is off.
func about(e *zerolog.Event, r *Record, at time.Time) *zerolog.Event {
	if !e.Enabled() {
		return nil
	}
	e = e.Int64(systemlog.FieldTimestamp, at.UnixMilli()).
		Str(systemlog.FieldThread, "NIOThread@"+strconv.Itoa(r.Thread)).
		Str(systemlog.FieldOrg, r.API.Organization).
		Str(systemlog.FieldEnv, r.API.Environment)
	if r.API.Name != "" {
		e = e.Str(systemlog.FieldAPI, r.API.Name).Str(systemlog.FieldRevision, strconv.Itoa(r.API.Revision))
	}
	return e.Str(systemlog.FieldMessageID, r.MessageID)
}

// aboutChannel adds the channel's fields by name, for the JSON form.
func aboutChannel(e *zerolog.Event, s *channel.Snapshot) *zerolog.Event {
	kind := "ClientChannel"
	if s.Secure {
		kind = "SSLClientChannel"
	}
	return e.Str(systemlog.FieldChannel, kind).Uint64(systemlog.FieldChannelID, s.ID).
		Str(systemlog.FieldRemote, s.Remote.String()).Str(systemlog.FieldLocal, s.Local.String()).
		Int(systemlog.FieldUseCount, s.UseCount).
		Int64(systemlog.FieldBytesRead, s.BytesRead).Int64(systemlog.FieldBytesWritten, s.BytesWritten).
		Int64(systemlog.FieldAge, s.Age.Milliseconds()).Int64(systemlog.FieldLastIO, s.LastIO.Milliseconds()).
		Bool(systemlog.FieldIsOpen, s.Open)
}

// clientChannel describes the client's connection where a fault has no target
// connection. The form is inferred from the target's.
func clientChannel(r *Record) string {
	return "ServerChannel[Connected: Remote:" + r.Client.String() + "]"
}

func lastStep(r *Record) string {
	last := Request
	for step := range r.Steps {
		if r.Steps[step].Happened() {
			last = Step(step)
		}
	}
	return last.String()
}
