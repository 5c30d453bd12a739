package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"message-processor/proxy/management"
	"message-processor/tracing/secret"
)

// about is what the running gateway tells to who gathers evidence.
func (p *program) about() management.About {
	c := p.gateway.Config()
	a := management.About{Version: version, Commit: commitOf(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		Kernel: kernelRelease(), Host: hostname(), PID: os.Getpid(), Started: p.began.UTC(),
		ConfigFile: absolute(p.from.path), SystemLog: p.started.SystemLog.Path}
	if a.SystemLog != "-" {
		a.SystemLog = absolute(a.SystemLog)
	}
	if c.Capture.OnFault {
		a.CaptureDirectory = absolute(c.Capture.Directory)
	}
	return a
}

// settings is an API proxy as it is in force, nil if it is not deployed.
func (p *program) settings(api string, revision int) []byte {
	for _, deployed := range p.gateway.Config().Proxies {
		if deployed.Name == api && deployed.Revision == revision {
			return secret.Mask(deployed.YAML())
		}
	}
	return nil
}

// kernelRelease is what uname -r prints, "" where /proc does not tell.
func kernelRelease() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// absolute is a path that means the same to a process in another directory.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
