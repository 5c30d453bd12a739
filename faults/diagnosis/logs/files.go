package logs

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// PlaybookPaths are where the original's system.log is: the must-gather list names the first, the diagnosis steps the second.
var PlaybookPaths = []string{
	"/opt/apigee/var/log/edge-message-processor/logs/system.log",
	"/opt/apigee/var/log/edge-message-processor/system.log",
}

// rotated are the suffixes that rotation gives: .1, .2.gz of this gateway and of logrotate, -20261125 or .2026-11-25.0.gz of
// logrotate's dateext and of the original's logging library.
var rotated = regexp.MustCompile(`^(?:\.(\d{1,6})|([-.]\d{4}-?\d\d-?\d\d[-.\dT]*?))?(?:\.gz)?$`)

// Files are a system.log and what was rotated away from it, the oldest first. Files that are not there are no error: the list
// is empty then.
func Files(path string) []string {
	type file struct {
		path, date string
		number     int
	}
	var found []file
	entries, _ := os.ReadDir(filepath.Dir(path)) // a directory that is not there has none
	for _, e := range entries {
		suffix, ok := strings.CutPrefix(e.Name(), filepath.Base(path))
		parts := rotated.FindStringSubmatch(suffix)
		if !ok || parts == nil || e.IsDir() {
			continue
		}
		number, _ := strconv.Atoi(parts[1])
		found = append(found, file{filepath.Join(filepath.Dir(path), e.Name()), parts[2], number})
	}
	slices.SortFunc(found, func(a, b file) int {
		return cmp.Or(byDate(a.date, b.date), cmp.Compare(b.number, a.number), cmp.Compare(b.path, a.path))
	})
	names := make([]string, len(found))
	for i := range found {
		names[i] = found[i].path
	}
	return names
}

// byDate puts files with a date before those without one.
func byDate(a, b string) int {
	if (a == "") != (b == "") {
		return cmp.Compare(len(b), len(a))
	}
	return cmp.Compare(a, b)
}

// Open opens a file of a log and unpacks it if it is gzipped. read is told how many bytes came from the disk.
func Open(path string, read func(bytes int)) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	counted := &counting{file, read}
	head := make([]byte, 2)
	if n, _ := file.ReadAt(head, 0); n < 2 || head[0] != 0x1f || head[1] != 0x8b {
		return counted, nil
	}
	unpacked, err := gzip.NewReader(bufio.NewReaderSize(counted, 256<<10))
	if err != nil {
		file.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{unpacked, file}, nil
}

// counting tells what is read.
type counting struct {
	*os.File
	read func(bytes int)
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.read(n)
	return n, err
}
