package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"message-processor/faults/diagnosis/logs"
	"message-processor/tracing/systemlog"
)

const (
	searchedLog = 8 << 20                // bytes at the end of system.log in which a message id is looked for
	recentLog   = 1 << 20                // bytes kept of a system.log that goes to standard output
	shownLines  = 50                     // lines of one message id
	logPatience = 250 * time.Millisecond // for lines that are still queued
)

// logSearch finds the lines of system.log that belong to one call, for the trace page.
type logSearch struct {
	path   string // "-": standard output, whose last lines are in recent
	recent *recentLines
}

// lines are those with the message id, oldest first. A log that cannot be read has none.
func (s logSearch) lines(file *systemlog.Writer, messageID string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), logPatience)
	defer cancel()
	file.Flush(ctx) // what is not written by then is missing: the page does not wait for a disk
	text := s.recent.text()
	if s.path != "-" {
		text = endOfFile(s.path, searchedLog)
	}
	var found []string
	for line := range strings.Lines(text) {
		if len(found) < shownLines && messageID != "" && logs.IndexID([]byte(line), []byte(messageID)) >= 0 {
			found = append(found, strings.TrimRight(line, "\r\n"))
		}
	}
	return found
}

// endOfFile reads at most size bytes, "" if there is nothing to read.
func endOfFile(path string, size int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > size {
		f.Seek(-size, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, size))
	return string(text)
}

// recentLines passes on what is written to it and keeps the end of it. It is safe for concurrent use.
type recentLines struct {
	to io.Writer

	mu   sync.Mutex
	kept []byte
}

func (r *recentLines) Write(p []byte) (int, error) {
	n, err := r.to.Write(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, p[:n]...)
	if len(r.kept) > 2*recentLog {
		start := len(r.kept) - recentLog
		if end := bytes.IndexByte(r.kept[start:], '\n'); end >= 0 {
			start += end + 1
		}
		r.kept = append([]byte(nil), r.kept[start:]...)
	}
	return n, err
}

func (r *recentLines) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.kept)
}
