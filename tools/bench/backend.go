package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// backend is nginx with files of known sizes.
type backend struct {
	*program
	secure   string // TLS, connections are kept
	plain    string // the same without TLS; takes spans as well
	full     string // TLS, each connection serves one request, none is resumed
	resuming string // the same with session tickets
}

// sizes of the files, in bytes. Their names are in filePath.
var sizes = []int{0, 1 << 10, 10 << 10, 100 << 10, 1 << 20, 10 << 20, 100 << 20}

func filePath(size int) string { return fmt.Sprintf("/%d", size) }

// backendServers takes addresses, the directory, certificate and key. Every server has the same files; the OTLP receiver
// takes anything and keeps nothing.
const backendServers = `
	default_type application/octet-stream;
	open_file_cache max=100 inactive=1h;
	sendfile on;
	tcp_nopush on;
	ssl_certificate %[6]s;
	ssl_certificate_key %[7]s;
	ssl_protocols TLSv1.2 TLSv1.3;
	root %[5]s/www;
	server { listen %[1]s ssl; ssl_session_cache shared:kept:1m; }
	server {
		listen %[2]s;
		location /v1/ { client_body_buffer_size 8m; return 200; }
	}
	server { listen %[3]s ssl; keepalive_timeout 0; ssl_session_tickets off; ssl_session_cache off; }
	server { listen %[4]s ssl; keepalive_timeout 0; ssl_session_tickets on; }
`

func (g *ground) startBackend() (*backend, error) {
	var failed error
	p, addresses, err := g.launchNginx("backend", 4, "off", func(dir string, a []string) string {
		failed = writeFiles(filepath.Join(dir, "www"))
		return fmt.Sprintf(backendServers, a[0], a[1], a[2], a[3], dir, g.certificate.leaf, g.certificate.key)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return &backend{program: p, secure: addresses[0], plain: addresses[1], full: addresses[2], resuming: addresses[3]}, nil
}

func writeFiles(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, size := range sizes {
		content := bytes.Repeat([]byte("0123456789abcde\n"), size/16)
		if err := os.WriteFile(filepath.Join(dir, filePath(size)), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
