package logs

import (
	"bytes"
	"context"
	"errors"
	"io"

	"message-processor/tracing/systemlog"
)

const (
	piece = 1 << 20 // bytes that are read at once
	// maxEvent is the longest event, in bytes, that is kept together. A longer one comes in parts.
	maxEvent = 8 << 20
)

// Search calls found with every event that mentions the message id, in the order of the log: its line and, below it, those of
// its exception, without the last line's end. The bytes are valid during the call only. The error is that of ctx, of r or of
// found.
func Search(ctx context.Context, r io.Reader, id string, found func(event []byte) error) error {
	if id == "" {
		return nil
	}
	word := []byte(id)
	return scan(ctx, r, piece, func(window []byte) int { return IndexID(window, word) }, found)
}

// IndexID is where text first has the message id as a whole word, -1 if nowhere: one id can be the beginning of another.
func IndexID(text, id []byte) int {
	for from := 0; ; {
		at := bytes.Index(text[from:], id)
		if at < 0 {
			return -1
		}
		begin := from + at
		end := begin + len(id)
		if (begin == 0 || !PartOfID(text[begin-1])) && (end == len(text) || !PartOfID(text[end])) {
			return begin
		}
		from = begin + 1
	}
}

// PartOfID tells whether a message id can have a character.
func PartOfID(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.'
}

// scan looks through r in windows that end where an event ends, and calls found with each event that next finds something in.
func scan(ctx context.Context, r io.Reader, size int, next func(window []byte) int, found func(event []byte) error) error {
	buffer := make([]byte, 0, size)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		end := len(buffer)
		if !last {
			end = lastEvent(buffer)
		}
		if end == 0 && !last {
			if cap(buffer) < maxEvent {
				buffer = append(make([]byte, 0, 2*cap(buffer)), buffer...)
				continue
			}
			end = len(buffer)
		}
		if err := events(buffer[:end], next, found); err != nil || last {
			return err
		}
		buffer = append(buffer[:0], buffer[end:]...)
	}
}

// lastEvent is where the last event of a window begins that is sure to begin one, 0 if that is the first. The last line may be
// cut off, so it does not count.
func lastEvent(window []byte) int {
	for end := bytes.LastIndexByte(window, '\n'); end > 0; {
		begin := bytes.LastIndexByte(window[:end], '\n') + 1
		if startsEvent(window[begin:end]) {
			return begin
		}
		end = begin - 1
	}
	return 0
}

// events calls found with the events of a window, which begins and ends with one, in which next finds something.
func events(window []byte, next func(window []byte) int, found func(event []byte) error) error {
	for begin := 0; begin < len(window); {
		at := next(window[begin:])
		if at < 0 {
			return nil
		}
		event := eventAround(window[begin:], at)
		begin += event.end
		if err := found(bytes.TrimRight(window[begin-event.end+event.begin:begin], "\r\n")); err != nil {
			return err
		}
	}
	return nil
}

// span is a part of a window.
type span struct{ begin, end int }

// eventAround is the event at a position: from the line that begins it to the line before the next.
func eventAround(window []byte, at int) span {
	begin := bytes.LastIndexByte(window[:at], '\n') + 1
	for begin > 0 && !startsEvent(lineAt(window, begin)) {
		begin = bytes.LastIndexByte(window[:begin-1], '\n') + 1
	}
	end := begin
	for {
		end += len(lineAt(window, end)) + 1
		if end >= len(window) {
			return span{begin, len(window)}
		}
		if startsEvent(lineAt(window, end)) {
			return span{begin, end}
		}
	}
}

// lineAt is the line that begins at a position, without its end.
func lineAt(window []byte, begin int) []byte {
	line, _, _ := bytes.Cut(window[begin:], []byte{'\n'})
	return line
}

// maxHead is how much of a line is looked at to tell whether it begins an event, in bytes: more than what stands before the
// message.
const maxHead = 4096

func startsEvent(line []byte) bool {
	return systemlog.StartsEvent(string(line[:min(len(line), maxHead)]))
}
