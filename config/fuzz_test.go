package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse holds Parse to its promises: no panic, a gateway or problems but never both, and every problem with its
// place and in one line.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(everything))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := Parse("f", data, Overrides{})
		if err == nil {
			checkGateway(t, g)
			return
		}
		var problems Problems
		if !errors.As(err, &problems) || g != nil || len(problems) == 0 {
			t.Fatalf("gateway %v, error %T %v", g, err, err)
		}
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 3*strings.Count(string(data), "\u2028") + 2
		for _, p := range problems {
			if p.File != "f" || p.Line < 1 || p.Line > lines+strings.Count(string(data), "\u0085") {
				t.Errorf("no place: %+v", p)
			}
			if strings.ContainsAny(p.String(), "\r\n") || !strings.Contains(p.Message, "; allowed: ") {
				t.Errorf("not one line: %q", p.String())
			}
		}
	})
}

// checkGateway checks what readers of a Gateway rely on without looking.
func checkGateway(t *testing.T, g *Gateway) {
	paths := map[string]bool{}
	for _, p := range g.Proxies {
		timers := p.Target.Timeouts
		if timers.Connect <= 0 || timers.Handshake <= 0 || timers.IO <= 0 || timers.KeepAlive < 0 || p.APITimeout < 0 {
			t.Errorf("timers: %+v", p)
		}
		if p.Name == "" || p.Revision < 1 || p.Target.URL == nil || p.Target.Host == "" || p.Target.Port < 1 {
			t.Errorf("incomplete: %+v", p)
		}
		if paths[p.BasePath] || basePathRule.flaw(p.BasePath) != "" {
			t.Errorf("base path %q", p.BasePath)
		}
		paths[p.BasePath] = true
	}
	if (g.Management.Username == "") != (g.Management.Password == "") {
		t.Errorf("half a login: %+v", g.Management)
	}
}
