package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// nginxFrame takes the directory, file descriptors, what logs, and the servers. Workers run as whoever runs the bench.
const nginxFrame = `
daemon off;
%[5]s
worker_processes auto;
worker_rlimit_nofile %[2]d;
pid %[1]s/nginx.pid;
error_log stderr crit;
events { worker_connections %[2]d; }
http {
	%[3]s
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	keepalive_requests 1000000000;
	client_max_body_size 200m;
	tcp_nodelay on;
%[4]s
}
`

// launchNginx starts nginx with the servers that are made from as many addresses.
func (g *ground) launchNginx(name string, listeners int, accessLog string, servers func(dir string, addresses []string) string) (*program, []string, error) {
	path, err := find("nginx")
	if err != nil {
		return nil, nil, err
	}
	dir, err := g.room(name)
	if err != nil {
		return nil, nil, err
	}
	if accessLog != "off" {
		accessLog = filepath.Join(dir, accessLog)
	}
	file := filepath.Join(dir, "nginx.conf")
	p := &program{cmd: exec.Command(path, "-p", dir, "-c", file)}
	addresses := make([]string, listeners)
	inherited := ""
	for i := range addresses {
		if addresses[i], err = p.inherit(); err != nil {
			return nil, nil, err
		}
		inherited += fmt.Sprintf("%d;", 3+i)
	}
	p.cmd.Env = append(os.Environ(), "NGINX="+inherited)
	config := fmt.Sprintf(nginxFrame, dir, g.files, "access_log "+accessLog+";", servers(dir, addresses), nginxUser())
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return nil, nil, err
	}
	return p, addresses, p.start()
}

// nginxUser keeps workers of a master that is root from becoming somebody who may not read the directory.
func nginxUser() string {
	if os.Geteuid() == 0 {
		return "user root;"
	}
	return ""
}

// startNginx is nginx as a gateway.
func startNginx(g *ground, s setting) (*program, error) {
	accessLog := "off"
	if s.log {
		accessLog = "access.log"
	}
	p, addresses, err := g.launchNginx("nginx", 1, accessLog, func(_ string, addresses []string) string {
		return nginxUpstream("healthy", s.target) + nginxUpstream("stuck", s.stuck) + "\tserver {\n\t\tlisten " + addresses[0] + ";\n" +
			nginxLocation("/", "healthy", g.certificate, s) + nginxLocation(stuckPath, "stuck", g.certificate, s) + "\t}\n"
	})
	if err != nil {
		return nil, err
	}
	p.address = addresses[0]
	return p, nil
}

func nginxUpstream(name, target string) string {
	if target == "" {
		return ""
	}
	return fmt.Sprintf("\tupstream %s { server %s; keepalive 512; keepalive_requests 1000000000; }\n", name, target)
}

func nginxLocation(path, upstream string, c certificate, s setting) string {
	if upstream == "stuck" && s.stuck == "" {
		return ""
	}
	lines := []string{
		"proxy_pass " + s.scheme() + "://" + upstream,
		"proxy_http_version 1.1",
		`proxy_set_header Connection ""`,
		"proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for",
		"proxy_set_header X-Forwarded-Proto $scheme",
		"proxy_max_temp_file_size 0", // a slow disk is not what is compared
		"proxy_ssl_verify on",
		"proxy_ssl_trusted_certificate " + c.ca,
		"proxy_ssl_name " + backendName,
		"proxy_ssl_protocols TLSv1.2 TLSv1.3", // TLS 1.3 is off by default in nginx 1.22
	}
	if s.handshakeTimeout > 0 {
		lines = append(lines, fmt.Sprintf("proxy_connect_timeout %dms", s.handshakeTimeout.Milliseconds()))
	}
	return "\t\tlocation " + path + " {\n\t\t\t" + strings.Join(lines, ";\n\t\t\t") + ";\n\t\t}\n"
}
