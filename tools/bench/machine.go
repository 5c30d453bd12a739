package main

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
)

// machine is where it was measured, and with what.
type machine struct {
	processor string
	cores     int
	kernel    string
	versions  []string
}

var (
	modelName = regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`)
	number    = regexp.MustCompile(`\d+(\.\d+)+\S*`)
)

func newMachine(ctx context.Context, binary string) (machine, error) {
	m := machine{processor: runtime.GOARCH, cores: runtime.NumCPU()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if match := modelName.FindSubmatch(text); match != nil {
			m.processor = string(match[1])
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		release, _, _ := strings.Cut(strings.TrimSpace(string(text)), "-")
		m.kernel = "Linux " + release
	}
	out, err := exec.CommandContext(ctx, binary, "version").CombinedOutput()
	if err != nil {
		return m, err
	}
	version, _, _ := strings.Cut(string(out), "\n")
	m.versions = []string{strings.TrimSpace(version)}
	for _, of := range [][]string{{"nginx", "-v"}, {"haproxy", "-v"}, {"wrk", "-v"}} {
		path, err := find(of[0])
		if err != nil {
			return m, err
		}
		said, _ := exec.CommandContext(ctx, path, of[1:]...).CombinedOutput() // wrk does not end well after telling
		m.versions = append(m.versions, of[0]+" "+number.FindString(string(said)))
	}
	m.versions = append(m.versions, "ReverseProxy of "+strings.Replace(runtime.Version(), "go", "Go ", 1))
	return m, nil
}
