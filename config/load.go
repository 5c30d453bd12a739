package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads the configuration file at path and applies the overrides; an empty path gives defaults and overrides
// only. The error is Problems and holds everything that is wrong.
func Load(path string, o Overrides) (*Gateway, error) {
	if path == "" {
		return newLoading(".").gateway(nil, o)
	}
	data, err := readBounded(path, largestFile+1)
	if err != nil {
		return nil, Problems{{File: path, Message: "cannot be read: " + err.Error() + "; allowed: a YAML file"}}
	}
	return Parse(path, data, o)
}

// Parse is Load for data already read. Relative paths in it (CA, certificate, key, password, log) resolve against
// the directory of name.
func Parse(name string, data []byte, o Overrides) (*Gateway, error) {
	l := newLoading(filepath.Dir(name))
	root, ok := l.document(name, data)
	if !ok {
		return l.gateway(nil, o)
	}
	return l.gateway(&root, o)
}

// readBounded reads at most limit bytes. Its errors do not repeat the path.
func readBounded(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit))
	return data, withoutPath(err)
}

func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// gateway turns the root mapping, if there is one, and the overrides into a configuration.
func (l *loading) gateway(root *value, o Overrides) (*Gateway, error) {
	d := newDraft(l)
	if root != nil {
		root.mapping(d.fields())
	}
	d.override(o)
	d.finish(root, o.Target)
	if len(l.problems) > 0 {
		return nil, l.result()
	}
	g := d.Gateway // a copy, so that the nodes of the file can go
	g.Warnings = l.warnings.sorted()
	return &g, nil
}
