package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ground is what stands behind all contenders.
type ground struct {
	dir         string
	binary      string // the gateway's
	certificate certificate
	backend     *backend
	files       uint64    // file descriptors a process may have
	talk        io.Writer // progress
	made        int       // directories
}

// newGround needs the path of the gateway's binary.
func newGround(binary string, talk io.Writer) (*ground, error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	g := &ground{dir: dir, binary: binary, talk: talk, files: raiseFiles()}
	if err := os.Chmod(dir, 0o755); err != nil { // nginx's workers are somebody else
		return nil, err
	}
	if g.certificate, err = newCertificate(dir); err == nil {
		g.backend, err = g.startBackend()
	}
	if err != nil {
		g.close()
		return nil, err
	}
	return g, nil
}

func (g *ground) close() {
	if g.backend != nil {
		g.backend.stop()
	}
	os.RemoveAll(g.dir)
}

// raiseFiles takes as many file descriptors as this user may have. Programs started from here inherit that.
func raiseFiles() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	for _, want := range []uint64{1 << 18, limit.Max} { // only root may go beyond its maximum
		raised := syscall.Rlimit{Cur: want, Max: max(want, limit.Max)}
		if want > limit.Cur && syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			return want
		}
	}
	return limit.Cur
}

// room is a directory of its own for a program.
func (g *ground) room(name string) (string, error) {
	g.made++
	dir := filepath.Join(g.dir, fmt.Sprintf("%02d-%s", g.made, strings.ReplaceAll(name, " ", "-")))
	return dir, os.MkdirAll(dir, 0o755)
}

func (g *ground) say(format string, args ...any) { fmt.Fprintf(g.talk, format+"\n", args...) }
