package config

import (
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// standardGateway is what a user gets who sets nothing.
func standardGateway() *Gateway {
	return &Gateway{
		Organization: "acme", Environment: "test", VirtualHost: "default", Listen: "127.0.0.1:9001",
		Management:      Management{Listen: "127.0.0.1:8082"},
		ShutdownTimeout: 30 * time.Second,
		SystemLog:       SystemLog{Path: "-", Format: "text", Level: "info", MaxSizeMB: 100, MaxFiles: 10},
		ResponseHeaders: true, OnClientClose: "continue",
		Tracing:       Tracing{SampleRatio: 1, SampleFaults: "always", UI: "http://127.0.0.1:16686"},
		Sessions:      Sessions{MaxTransactions: 20, MaxDuration: 10 * time.Minute, KeepFaults: 100},
		ForwardProxy:  ForwardProxy{Tunnel: true},
		Compatibility: Compatibility{WriteTimeoutStatus: 504},
		Defaults:      Timeouts{3 * time.Second, 55 * time.Second, 55 * time.Second, 60 * time.Second},
		Limits: Limits{
			RequestLine: 7168, RequestHeaders: 25600, RequestBody: 10485760,
			ResponseLine: 2048, ResponseHeaders: 25600, ResponseBody: 10485760,
			ClientConnections: 65536, InFlight: 32768, BufferedBodies: 1 << 30,
		},
	}
}

func TestWithoutFileEverythingHasItsDefault(t *testing.T) {
	g, err := Load("", Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, standardGateway(), g)
}

func TestAFileWithoutSettingsMeansDefaultsAndAWarning(t *testing.T) {
	for _, text := range []string{
		"", "\n\n", "# nothing yet\n", "---\n", "--- \n# nothing\n...\n", "{}", "\ufeff", "\ufeff# nothing\n", "~\n",
		"limits:\n  # request_line: 1\nproxies:\nlab:\ntracing: ~\n",
	} {
		g := mustParse(t, text, Overrides{})
		if len(g.Warnings) != 1 || g.Warnings[0].Line != 1 || !strings.Contains(g.Warnings[0].Message, "neither proxies nor lab") {
			t.Errorf("%q: warnings %v", text, g.Warnings)
		}
		g.Warnings = nil
		equal(t, standardGateway(), g)
	}
}

// contractGateway is what the example of the public contract must become, apart from what its files hold.
func contractGateway(logPath string) *Gateway {
	g := standardGateway()
	g.Environment = "staging"
	g.Listen = "0.0.0.0:9001"
	g.Management.Username, g.Management.Password = "admin", "s3cret"
	g.SystemLog.Path = logPath
	g.Proxies = []Proxy{{
		Name: "orders", Revision: 3, BasePath: "/v1/orders", MaxInFlight: 32768,
		Target: Target{
			URL:  &url.URL{Scheme: "https", Host: "orders.example.com:443", Path: "/api"},
			Host: "orders.example.com", Port: 443, Secure: true, Path: "/api",
			Balancer: LoadBalancer{Algorithm: RoundRobin, Retry: true},
			Timeouts: Timeouts{2 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second},
			TLS: TLS{
				Verify: "full", ServerName: "orders.internal",
				MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13,
			},
			ForwardProxy: ForwardProxy{Tunnel: true},
		},
	}}
	return g
}

func TestTheExampleOfTheContractLoadsVerbatim(t *testing.T) {
	dir := t.TempDir()
	authority, _ := newCertificate(t, "authority")
	certificate, key := newCertificate(t, "client")
	writeFile(t, dir, "ca.pem", authority)
	writeFile(t, dir, "client.pem", certificate)
	writeFile(t, dir, "client.key", key)
	password := writeFile(t, dir, "management", []byte("s3cret\n"))
	example, err := os.ReadFile("testdata/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// The one absolute path to a file that has to exist is the only thing that is changed.
	text := strings.Replace(string(example), "/run/secrets/management", password, 1)
	g, err := Load(writeFile(t, dir, "gateway.yaml", []byte(text)), Overrides{})
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	got := &g.Proxies[0].Target.TLS
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	if !got.RootCAs.Equal(pool) || len(got.CADigest) != 64 || len(got.Certificates) != 1 {
		t.Errorf("ca %q, %d certificates", got.CADigest, len(got.Certificates))
	}
	got.RootCAs, got.CADigest, got.Certificates = nil, "", nil
	equal(t, contractGateway("/opt/apigee/var/log/edge-message-processor/logs/system.log"), g)
}

func TestRelativePathsStartAtTheDirectoryOfTheFile(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "secret", []byte("pw"))
	file := writeFile(t, dir, "gateway.yaml", []byte(
		"system_log: {path: logs/system.log}\ncapture: {directory: captures}\n"+
			"management: {username: u, password_file: secret}\n"))
	g, err := Load(file, Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, filepath.Join(dir, "logs/system.log"), g.SystemLog.Path)
	equal(t, filepath.Join(dir, "captures"), g.Capture.Directory)
	equal(t, "pw", g.Management.Password)
}

func TestAFileThatCannotBeReadIsAProblemOfThatFile(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): ": cannot be read: no such file or directory; allowed: a YAML file",
		dir:                             ": cannot be read: is a directory; allowed: a YAML file",
	} {
		g, err := Load(path, Overrides{})
		if err == nil || g != nil {
			t.Fatalf("%s: accepted", path)
		}
		equal(t, path+want, err.Error())
	}
}

func TestEnvironmentVariablesAreNotExpanded(t *testing.T) {
	t.Setenv("ORG", "acme")
	equal(t, 1, len(problemsOf(t, "organization: ${ORG}\n", Overrides{})))
}
