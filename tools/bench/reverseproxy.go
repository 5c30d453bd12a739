package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// reverseProxyCommand makes this program the yardstick: what Go's standard library does without any care.
const reverseProxyCommand = "reverse-proxy"

func startReverseProxy(g *ground, s setting) (*program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := g.room("reverse-proxy")
	if err != nil {
		return nil, err
	}
	args := []string{reverseProxyCommand, "-ca", g.certificate.ca, "-target", s.scheme() + "://" + s.target,
		"-timeout", max(s.handshakeTimeout, usualConnectTimeout).String()}
	if s.stuck != "" {
		args = append(args, "-stuck", s.scheme()+"://"+s.stuck)
	}
	if s.log {
		args = append(args, "-log", filepath.Join(dir, "access.log"))
	}
	p := &program{cmd: exec.Command(self, args...)}
	if p.address, err = p.inherit(); err != nil {
		return nil, err
	}
	return p, p.start()
}

// reverseProxyMain serves the inherited listener until it is killed.
func reverseProxyMain(args []string) error {
	flags := flag.NewFlagSet(reverseProxyCommand, flag.ContinueOnError)
	ca, target, stuck := flags.String("ca", "", ""), flags.String("target", "", ""), flags.String("stuck", "", "")
	timeout, lines := flags.Duration("timeout", 0, ""), flags.String("log", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(*ca)
	if err != nil {
		return err
	}
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: backendName, ClientSessionCache: tls.NewLRUClientSessionCache(64)},
		TLSHandshakeTimeout: *timeout, MaxIdleConns: 1024, MaxIdleConnsPerHost: 512, DisableCompression: true,
	}
	handler := http.NewServeMux()
	if err := route(handler, "/", *target, transport); err != nil {
		return err
	}
	if *stuck != "" {
		if err := route(handler, stuckPath, *stuck, transport); err != nil {
			return err
		}
	}
	l, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	return serveLogged(l, handler, *lines)
}

func route(to *http.ServeMux, path, target string, transport *http.Transport) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	to.Handle(path, &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(u); r.SetXForwarded() },
		Transport: transport,
		ErrorLog:  log.New(silence{}, "", 0),
	})
	return nil
}

type silence struct{}

func (silence) Write(p []byte) (int, error) { return len(p), nil }

func serveLogged(l net.Listener, handler http.Handler, path string) error {
	if path == "" {
		return http.Serve(l, handler)
	}
	file, err := logFile(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	lines := log.New(file, "", log.LstdFlags)
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		handler.ServeHTTP(w, r)
		lines.Printf("%s %s %s %v", r.RemoteAddr, r.Method, r.URL, time.Since(began))
	}))
}
