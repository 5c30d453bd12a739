package systemlog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// output is where lines go: a stream, or a file that is renamed to NAME.1 when it is full, NAME.1 to NAME.2 and so on. Only
// the writing goroutine uses it.
type output struct {
	path  string // "": a stream
	limit int64  // bytes in one file; 0: any number
	files int    // rotated files to keep

	dst      io.Writer
	file     *os.File
	real     string // path without symbolic links, so that a rotation renames the file and not the link to it
	size     int64
	rotateAt int64
	looked   time.Time // when follow looked last
}

// followEvery is the time between two looks at whether the path still names the file.
const followEvery = time.Second

// openOutput opens what o.Path names.
func openOutput(o Options) (*output, error) {
	if o.Path == "" || o.Path == "-" {
		out := &output{dst: o.Stdout, rotateAt: math.MaxInt64}
		if out.dst == nil {
			out.dst = os.Stdout
		}
		return out, nil
	}
	f, err := openFile(o.Path)
	if err != nil {
		return nil, err
	}
	out := &output{path: o.Path, limit: int64(o.MaxSizeMB) << 20, files: o.MaxFiles}
	if out.files <= 0 {
		out.files = defaultMaxFiles
	}
	out.adopt(f)
	out.endLastLine()
	return out, nil
}

// endLastLine ends the line a process that was killed has left in the middle. Should that fail, the writing goroutine will
// meet the same trouble with its first line and tell.
func (o *output) endLastLine() {
	f, err := os.Open(o.real)
	if err != nil {
		return
	}
	defer f.Close()
	last := []byte{'\n'}
	if o.size > 0 {
		f.ReadAt(last, o.size-1)
	}
	if last[0] != '\n' {
		o.write([]byte{'\n'})
	}
}

func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("system log %s: directory %s is missing: %w", path, filepath.Dir(path), fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("system log: %w", err)
	}
	return f, nil
}

// adopt goes on with f, just opened, and closes the file before it.
func (o *output) adopt(f *os.File) {
	if o.file != nil {
		o.file.Close() // every line is out already, and there is nobody to tell
	}
	o.file, o.dst, o.size, o.rotateAt = f, f, 0, math.MaxInt64
	if real, err := filepath.EvalSymlinks(o.path); err == nil {
		o.real = real
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() { // a terminal or a pipe has nothing to rotate
		return
	}
	o.size = info.Size()
	if o.limit > 0 {
		o.rotateAt = o.limit
	}
}

func (o *output) write(p []byte) (int, error) {
	n, err := o.dst.Write(p)
	o.size += int64(n)
	if n < len(p) && err == nil {
		err = io.ErrShortWrite
	}
	return n, err
}

// rotateIfDue starts a new file if n more bytes would make this one too large. After an error writing goes on in the old
// file, and the next attempt waits until it has grown by another eighth.
func (o *output) rotateIfDue(n int) error {
	if o.size == 0 || o.size+int64(n) <= o.rotateAt {
		return nil
	}
	if err := o.rotate(); err != nil {
		o.rotateAt = o.size + o.limit/8
		return fmt.Errorf("rotation: %w", err)
	}
	return nil
}

func (o *output) rotate() error {
	if err := o.freeFirst(); err != nil {
		return err
	}
	if err := os.Rename(o.real, o.rotated(1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := openFile(o.real)
	if err != nil {
		return errors.Join(err, os.Rename(o.rotated(1), o.real))
	}
	o.adopt(f)
	return nil
}

func (o *output) rotated(n int) string { return o.real + "." + strconv.Itoa(n) }

// freeFirst moves the rotated files up by one, up to the first gap, and removes those beyond the number to keep. Should a
// later step fail, number 1 is such a gap, so that another attempt moves nothing.
func (o *output) freeFirst() error {
	for n := o.files + 1; os.Remove(o.rotated(n)) == nil; n++ {
	}
	gap := 1
	for gap < o.files && exists(o.rotated(gap)) {
		gap++
	}
	for ; gap > 1; gap-- {
		if err := os.Rename(o.rotated(gap-1), o.rotated(gap)); err != nil {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// reopen opens the path anew, because the file was moved away or its disk may be gone for good. It reports whether the path
// now names another file. If it cannot be opened the old one stays.
func (o *output) reopen() (switched bool) {
	if o.path == "" {
		return false
	}
	f, err := openFile(o.path)
	if err != nil {
		return false
	}
	before, errBefore := o.file.Stat()
	after, errAfter := f.Stat()
	o.adopt(f)
	return errBefore != nil || errAfter != nil || !os.SameFile(before, after)
}

// follow opens the path anew when it names the file no more: somebody has removed it, or renamed it and told nobody. What
// was written since then is where they put it.
func (o *output) follow() {
	if o.file == nil || time.Since(o.looked) < followEvery {
		return
	}
	o.looked = time.Now()
	mine, err := o.file.Stat()
	if err != nil {
		return
	}
	named, err := os.Stat(o.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(mine, named) {
		o.reopen()
	}
}

func (o *output) close() error {
	if o.file == nil {
		return nil
	}
	return o.file.Close()
}
