package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// What is between the marks of a page is written by this program.
const (
	markBegin = "<!-- make bench: begin -->\n"
	markEnd   = "<!-- make bench: end -->\n"
	pageName  = "performance.md"
	chartName = "images/performance.svg"
)

// publish prints the report, and puts it and the chart where the flags say.
func (f *findings) publish(o options, out io.Writer) error {
	text := f.report()
	if _, err := io.WriteString(out, text); err != nil || o.out == "" {
		return err
	}
	page := filepath.Join(o.out, pageName)
	old, err := os.ReadFile(page)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	whole, err := insert(string(old), text, len(f.races) > 0)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	if len(f.races) > 0 {
		chart := filepath.Join(o.out, chartName)
		if err := os.MkdirAll(filepath.Dir(chart), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(chart, []byte(f.chart()), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(page, []byte(whole), 0o644)
}

// insert replaces what is between the marks of a page. An empty page gets them.
func insert(page, text string, chart bool) (string, error) {
	if page == "" {
		page = markBegin + markEnd
	}
	before, rest, begun := strings.Cut(page, markBegin)
	_, after, ended := strings.Cut(rest, markEnd)
	if !begun || !ended {
		return "", fmt.Errorf("there is no place for the tables: a line %q and a line %q after it", strings.TrimSpace(markBegin), strings.TrimSpace(markEnd))
	}
	if chart {
		text = "![CPU for a request, as a ratio to nginx](" + chartName + ")\n\n" + text
	}
	return before + markBegin + "\n" + text + "\n" + markEnd + after, nil
}
