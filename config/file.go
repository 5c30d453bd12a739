package config

import (
	"os"
	"path/filepath"
	"strconv"
)

// path resolves a path of the file. Every relative path in a configuration starts at the file's own directory, so
// that the meaning of the file does not depend on where the gateway was started.
func (l *loading) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.dir, name)
}

func (l *loading) pathField(to *string) func(value) {
	return func(v value) {
		if s, ok := v.text(anyRule.allowed); ok {
			*to = l.path(s)
		}
	}
}

// file reads the file that a value names, relative to the configuration.
func (v value) file(allowed string, largest int64) ([]byte, bool) {
	name, ok := v.text(allowed)
	if !ok {
		return nil, false
	}
	return v.place.read(v.loading.path(name), allowed, largest)
}

// read reads a regular file of bounded size. Others (a device, a pipe) could keep the gateway from ever starting.
func (p place) read(path, allowed string, largest int64) ([]byte, bool) {
	info, err := os.Stat(path)
	switch {
	case path == "":
		p.refuse(allowed, "is empty")
		return nil, false
	case err != nil:
		p.refuse(allowed, "%s cannot be read: %v", strconv.Quote(path), withoutPath(err))
		return nil, false
	case !info.Mode().IsRegular():
		p.refuse(allowed, "%s is not a regular file", strconv.Quote(path))
		return nil, false
	}
	data, err := readBounded(path, largest+1)
	switch {
	case err != nil:
		p.refuse(allowed, "%s cannot be read: %v", strconv.Quote(path), err)
	case int64(len(data)) > largest:
		p.refuse(allowed, "%s is larger than %d bytes", strconv.Quote(path), largest)
	default:
		return data, true
	}
	return nil, false
}
