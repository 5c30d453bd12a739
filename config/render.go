package config

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// YAML is the API proxy as a configuration of its own, with everything written out that it inherited: what is in force,
// whoever set it. Parse reads it back into the same Proxy, except that files and passwords are not repeated: comments
// say which of the TLS settings came from files, and stars stand for the user of the forward proxy.
func (p *Proxy) YAML() []byte {
	t := &p.Target
	target := renderedTarget{URL: t.URL.String(), DynamicURL: t.DynamicURL, Connect: t.Timeouts.Connect.String(),
		Handshake: t.Timeouts.Handshake.String(), IO: t.Timeouts.IO.String(), KeepAlive: t.Timeouts.KeepAlive.String(),
		Streaming: renderedStreaming{t.StreamRequest, t.StreamResponse}, TLS: t.TLS.rendered(t.Secure)}
	for _, s := range t.Servers {
		target.Servers = append(target.Servers, s.rendered(t.Secure))
	}
	if len(t.Servers) > 0 || t.Balancer.MaxInFlight > 0 {
		target.Balancer = t.Balancer.rendered()
	}
	document := renderedDocument{t.ForwardProxy.rendered(),
		[]renderedProxy{{p.Name, p.Revision, p.BasePath, p.APITimeout.String(), p.MaxInFlight, target}}}
	text, err := yaml.Marshal(document)
	if err != nil { // nothing in it can fail to be written
		return nil
	}
	return append([]byte(t.TLS.comment()), text...)
}

type renderedDocument struct {
	ForwardProxy renderedForward `yaml:"forward_proxy"`
	Proxies      []renderedProxy `yaml:"proxies"`
}

type renderedForward struct {
	URL    string `yaml:"url"`
	Tunnel bool   `yaml:"tunnel"`
}

type renderedProxy struct {
	Name       string         `yaml:"name"`
	Revision   int            `yaml:"revision"`
	BasePath   string         `yaml:"base_path"`
	APITimeout string         `yaml:"api_timeout"`
	InFlight   int            `yaml:"max_in_flight"`
	Target     renderedTarget `yaml:"target"`
}

type renderedTarget struct {
	URL        string            `yaml:"url"`
	DynamicURL bool              `yaml:"dynamic_url,omitempty"`
	Connect    string            `yaml:"connect_timeout"`
	Handshake  string            `yaml:"handshake_timeout"`
	IO         string            `yaml:"io_timeout"`
	KeepAlive  string            `yaml:"keepalive_timeout"`
	Streaming  renderedStreaming `yaml:"streaming"`
	TLS        *renderedTLS      `yaml:"tls,omitempty"`
	Servers    []renderedServer  `yaml:"servers,omitempty"`
	Balancer   *renderedBalancer `yaml:"load_balancer,omitempty"`
}

type renderedStreaming struct {
	Request  bool `yaml:"request"`
	Response bool `yaml:"response"`
}

type renderedTLS struct {
	Verify     string   `yaml:"verify"`
	ServerName string   `yaml:"server_name"`
	MinVersion string   `yaml:"min_version,omitempty"`
	MaxVersion string   `yaml:"max_version,omitempty"`
	Ciphers    []string `yaml:"ciphers"`
	Curves     []string `yaml:"curves"`
}

func (f *ForwardProxy) rendered() renderedForward {
	r := renderedForward{Tunnel: f.Tunnel}
	if f.Host != "" {
		u := url.URL{Scheme: "http", Host: net.JoinHostPort(f.Host, strconv.Itoa(f.Port))}
		if f.Authorization != "" {
			u.User = url.User("*****")
		}
		r.URL = u.String()
	}
	return r
}

func (t *TLS) rendered(secure bool) *renderedTLS {
	if !secure {
		return nil
	}
	r := &renderedTLS{Verify: t.Verify, ServerName: t.ServerName, Ciphers: []string{}, Curves: []string{}}
	if t.MinVersion != 0 && t.MaxVersion != 0 { // no file made them: Go's choice
		r.MinVersion, r.MaxVersion = versionName(t.MinVersion), versionName(t.MaxVersion)
	}
	for _, id := range t.CipherSuites {
		r.Ciphers = append(r.Ciphers, tls.CipherSuiteName(id))
	}
	for _, id := range t.Curves {
		r.Curves = append(r.Curves, id.String())
	}
	return r
}

// comment tells of what came from files.
func (t *TLS) comment() string {
	text := "# The API proxy as it is in force, defaults included.\n"
	if t.CADigest != "" {
		text += fmt.Sprintf("# tls.ca_file: set, digest %s\n", t.CADigest)
	}
	if len(t.Certificates) > 0 {
		text += "# tls.certificate_file and key_file: set\n"
	}
	return text
}
