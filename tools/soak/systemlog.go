package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"message-processor/tracing/systemlog"
)

// logged is what system.log says about one transaction.
type logged struct {
	lines  int
	errors int // of them at level ERROR
	api    string
}

// logBook is everything that a gateway's log files say.
type logBook struct {
	byID    map[string]logged
	lines   int
	files   int
	strange []string // lines that are none, or cannot be read
}

// readLogs reads system.log, those it was rotated to and those that were moved away.
func (b *logBook) readLogs(dir string) error {
	for _, pattern := range []string{"system.log*", "moved-*.log*"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := b.readLog(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *logBook) readLog(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	b.files++
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for n := 1; lines.Scan(); n++ {
		if err := b.take(lines.Text()); err != nil && len(b.strange) < maxStrange {
			b.strange = append(b.strange, fmt.Sprintf("%s:%d: %v: %.150q", filepath.Base(path), n, err, lines.Text()))
		}
	}
	return lines.Err()
}

// take reads one line. Those of an exception belong to the line above and begin with a tab or the exception's class.
func (b *logBook) take(line string) error {
	event, err := systemlog.Parse(line)
	switch {
	case errors.Is(err, systemlog.ErrNoEvent) && partOfException(line):
		return nil
	case err != nil:
		return err
	}
	b.lines++
	if event.MessageID == "" {
		return nil
	}
	e := b.byID[event.MessageID]
	e.lines++
	if event.Level == zerolog.ErrorLevel {
		e.errors++
	}
	e.api = event.API
	b.byID[event.MessageID] = e
	return nil
}

func partOfException(line string) bool {
	class, _, _ := strings.Cut(line, ":")
	return strings.HasPrefix(line, "\tat ") || strings.HasSuffix(class, "Exception")
}
