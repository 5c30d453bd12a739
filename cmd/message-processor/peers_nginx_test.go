package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// nginxConfig takes the directory, the address of TLS, the certificate, its key, and the address without TLS.
const nginxConfig = `
daemon off;
worker_processes 1;
user root;
pid %[1]s/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	server {
		listen %[2]s ssl;
		ssl_certificate %[3]s;
		ssl_certificate_key %[4]s;
		root %[1]s/www;
		client_max_body_size 200m;
		location /stored/ { dav_methods PUT; }
		location /counted/ {
			keepalive_timeout 1s;
			access_log %[1]s/counted.log;
			return 200 "counted\n";
		}
	}
	server {
		listen %[5]s;
		return 200 "plain\n";
	}
}
`

// webServer is nginx, over TLS and on another port without.
type webServer struct {
	root          string // directory of its files
	counted       string // its log of requests below /counted/, after which it keeps a connection for one second
	secure, plain string // addresses
	caFile        string
}

// nginx starts a web server. It inherits listeners that are open already, so no port can be taken by somebody else, and
// nobody has to wait for it.
func nginx(t testing.TB) webServer {
	t.Helper()
	ca, dir := newAuthority(t), t.TempDir()
	leaf := ca.good()
	secure, plain := inherited(t), inherited(t)
	s := webServer{
		root: filepath.Join(dir, "www"), counted: filepath.Join(dir, "counted.log"), caFile: ca.caFile,
		secure: secure.Addr().String(), plain: plain.Addr().String(),
	}
	if err := os.MkdirAll(filepath.Join(s.root, "stored"), 0o755); err != nil {
		t.Fatal(err)
	}
	config := write(t, filepath.Join(dir, "nginx.conf"),
		fmt.Sprintf(nginxConfig, dir, s.secure, leaf.certificate, leaf.key, s.plain))
	command := exec.Command(component(t, "nginx"), "-p", dir, "-c", config)
	command.Env = append(os.Environ(), "NGINX=3;4;")
	for _, listener := range []*net.TCPListener{secure, plain} {
		file, err := listener.File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		command.ExtraFiles = append(command.ExtraFiles, file)
	}
	beside(t, command)
	return s
}

// inherited is a listener for another process, open in this one until the test ends.
func inherited(t testing.TB) *net.TCPListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener)
}

// frontNginx runs a gateway with an API proxy at / in front of the web server.
func frontNginx(t *testing.T, s webServer, more string) *process {
	t.Helper()
	return serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), fmt.Sprintf(`
management: {pprof: true}
proxies:
  - name: nginx
    target:
      url: https://%s
      tls: {ca_file: %s}
      %s
`, s.secure, s.caFile, more)))
}

func TestATargetWithoutTLSGivesTheEOFFault(t *testing.T) {
	t.Parallel()
	server := nginx(t)
	checkTLS(t, []tlsTarget{{"nginx-without-tls", server.plain, "verify: none", unexpectedEOF}})
}

// It is not parallel: the load would spoil the timing of other tests.
func TestTenThousandRequestsLeaveNothingBehind(t *testing.T) {
	server := nginx(t)
	write(t, filepath.Join(server.root, "page"), strings.Repeat("0123456789abcde\n", 64))
	gateway := frontNginx(t, server, "keepalive_timeout: 500ms")
	fresh := footprintOf(t, gateway)
	wrk(t, gateway.gateway+"/page", 500) // fills pools and caches
	settled := fresh
	eventually(t, "no more open files than before the first request", func() bool {
		settled = footprintOf(t, gateway)
		return settled.files <= fresh.files && settled.goroutines <= fresh.goroutines
	})
	wrk(t, gateway.gateway+"/page", 10_000)
	var after footprint
	eventually(t, "back to where it started", func() bool {
		after = footprintOf(t, gateway)
		return after.files <= settled.files && after.goroutines <= settled.goroutines && after.heap <= settled.heap+1<<20
	})
	t.Logf("fresh %v, settled %v, after %v", fresh, settled, after)
	if logged := gateway.stdout.String(); strings.Count(logged, "\n") > 1 {
		t.Errorf("healthy requests were logged:\n%.1000s", logged)
	}
}
