package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// haproxyFrame takes the bound of connections, the logging, the mode, the timeout of connecting in milliseconds, what
// follows of the frontend, and the backends.
const haproxyFrame = `
global
	maxconn %[1]d
	%[2]s
	ssl-default-server-options ssl-min-ver TLSv1.2
defaults
	mode %[3]s
	timeout connect %[4]dms
	timeout client 60s
	timeout server 60s
	retries 0
	http-reuse always
frontend in
	bind fd@3
%[5]s
%[6]s
`

const usualConnectTimeout = 5 * time.Second

// startHAProxy is HAProxy as a gateway.
func startHAProxy(g *ground, s setting) (*program, error) {
	logging, front := "", "\toption forwardfor\n\thttp-request set-header X-Forwarded-Proto http\n"
	if s.log {
		logging, front = "log stdout format raw local0", front+"\tlog global\n\toption httplog\n"
	}
	back := haproxyBackend("healthy", s.target, g, s)
	if s.stuck != "" {
		front += "\tuse_backend stuck if { path_beg " + stuckPath + " }\n"
		back += haproxyBackend("stuck", s.stuck, g, s)
	}
	return launchHAProxy(g, s, "haproxy", "http", logging, front+"\tdefault_backend healthy\n", back)
}

// startByteRelay is HAProxy that looks at nothing: each client connection gets one of the backend's, and TLS is all the
// work there is. Nobody who reads HTTP can be expected to be cheaper.
func startByteRelay(g *ground, s setting) (*program, error) {
	return launchHAProxy(g, s, "relay", "tcp", "", "\tdefault_backend healthy\n", haproxyBackend("healthy", s.target, g, s))
}

func haproxyBackend(name, target string, g *ground, s setting) string {
	server := "\tserver one " + target
	if !s.plain {
		server += fmt.Sprintf(" ssl verify required ca-file %s verifyhost %s sni str(%s)", g.certificate.ca, backendName, backendName)
	}
	return "backend " + name + "\n" + server + "\n"
}

func launchHAProxy(g *ground, s setting, name, mode, logging, front, back string) (*program, error) {
	path, err := find("haproxy")
	if err != nil {
		return nil, err
	}
	dir, err := g.room(name)
	if err != nil {
		return nil, err
	}
	timeout := usualConnectTimeout // covers the handshake
	if s.handshakeTimeout > 0 {
		timeout = s.handshakeTimeout
	}
	config := fmt.Sprintf(haproxyFrame, g.files/2-100, logging, mode, timeout.Milliseconds(), strings.TrimSuffix(front, "\n"), back)
	file := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return nil, err
	}
	p := &program{cmd: exec.Command(path, "-db", "-f", file)}
	if logging != "" {
		lines, err := logFile(dir, "access.log")
		if err != nil {
			return nil, err
		}
		defer lines.Close()
		p.cmd.Stdout = lines
	}
	if p.address, err = p.inherit(); err != nil {
		return nil, err
	}
	return p, p.start()
}
