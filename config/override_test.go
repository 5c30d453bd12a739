package config

import (
	"testing"
	"time"
)

func TestFlagsReplaceTopLevelValuesOfTheFile(t *testing.T) {
	g := mustParse(t, everything, Overrides{
		Organization: ptr("flag"), Environment: ptr("flags"), Listen: ptr("127.0.0.1:1"), Management: ptr("localhost:2"),
		SystemLog: ptr("mp.log"), LogFormat: ptr("text"), LogLevel: ptr("error"),
	})
	want := everythingGateway()
	want.Organization, want.Environment, want.Listen = "flag", "flags", "127.0.0.1:1"
	want.Management.Listen = "localhost:2"
	want.Management.Hosts = []string{"gateway.example", "localhost"}
	want.SystemLog.Path, want.SystemLog.Format, want.SystemLog.Level = "mp.log", "text", "error"
	g.Warnings = nil
	equal(t, want, g)
}

func TestFlagsReplaceDefaultsButNotWhatATargetSets(t *testing.T) {
	const file = `
defaults: {connect_timeout: 7s, handshake_timeout: 7s, io_timeout: 7s, keepalive_timeout: 7s, tls: {verify: none}}
proxies:
  - {name: plain, base_path: /plain, target: {url: "https://h"}}
  - name: own
    base_path: /own
    target:
      {url: "https://h", connect_timeout: 1s, handshake_timeout: 2s, io_timeout: 3s, keepalive_timeout: 4s, tls: {verify: full}}
`
	g := mustParse(t, file, Overrides{
		ConnectTimeout: ptr(11 * time.Second), HandshakeTimeout: ptr(12 * time.Second),
		IOTimeout: ptr(13 * time.Second), KeepAliveTimeout: ptr(time.Duration(0)), TLSVerify: ptr("hostname"),
	})
	plain, own := g.Proxies[0].Target, g.Proxies[1].Target
	equal(t, Timeouts{11 * time.Second, 12 * time.Second, 13 * time.Second, 0}, plain.Timeouts)
	equal(t, Timeouts{1 * time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}, own.Timeouts)
	equal(t, "hostname", plain.TLS.Verify)
	equal(t, "full", own.TLS.Verify)
}

func TestTargetFlagAddsTheDefaultProxy(t *testing.T) {
	g, err := Load("", Overrides{Target: ptr("https://[2001:db8::1]:8443/api/"), IOTimeout: ptr(5 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	p := g.Proxies[0]
	equal(t, "default 1 /", p.Name+" "+string(rune('0'+p.Revision))+" "+p.BasePath)
	equal(t, "2001:db8::1", p.Target.Host)
	equal(t, 8443, p.Target.Port)
	equal(t, "/api", p.Target.Path)
	equal(t, Timeouts{3 * time.Second, 5 * time.Second, 5 * time.Second, time.Minute}, p.Target.Timeouts)
	equal(t, standardTLS(), p.Target.TLS)
}

func TestTargetFlagAndFileMustNotClaimTheSame(t *testing.T) {
	equal(t, []string{
		`--target: revision 1 of "default" is already used by proxies[0].name in line 1; allowed: each name and revision once`,
		`--target: base path "/" is already used by proxies[0].base_path in line 1; allowed: a base path that no other proxy has`,
	}, problemsOf(t, `proxies: [{name: default, base_path: /, target: {url: "http://h"}}]`, Overrides{Target: ptr("http://h")}))
}

func TestProblemsOfFlagsNameTheFlagAndComeFirst(t *testing.T) {
	equal(t, []string{
		`--organization: is "a b", which has a character that a name cannot have; allowed: up to 128 letters, digits, dots, dashes and underscores`,
		`--environment: is empty; allowed: up to 128 letters, digits, dots, dashes and underscores`,
		`--system-log: is empty; allowed: a text that is not empty`,
		`--log-format: is "xml"; allowed: text, json`,
		`--log-level: is "warning", did you mean warn?; allowed: debug, info, warn, error`,
		`--tls-verify: is "of"; allowed: full, hostname, none`,
		`--listen: is "9001"; allowed: HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:9001, [::1]:9001 or :9001`,
		`--management: has the port "70000"; allowed: HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:9001, [::1]:9001 or :9001`,
		`--tls-ca: "none.pem" cannot be read: no such file or directory; allowed: a file with PEM certificates of authorities, or "" for the system's`,
		`--connect-timeout: is 0s; allowed: a duration above zero, such as 250ms or 55s`,
		`--handshake-timeout: is -1s; allowed: a duration above zero, such as 250ms or 55s`,
		`--io-timeout: is 0s; allowed: a duration above zero, such as 250ms or 55s`,
		`--keepalive-timeout: is -1ns; allowed: a duration such as 250ms or 55s, or 0 for no reuse of connections`,
		`--target: has the scheme "h"; allowed: ` + urlAllowed,
		`f:1: listen: has the port "x"; allowed: HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:9001, [::1]:9001 or :9001`,
	}, problemsOf(t, "listen: :x\n", Overrides{
		Organization: ptr("a b"), Environment: ptr(""), SystemLog: ptr(""), LogFormat: ptr("xml"), LogLevel: ptr("warning"),
		TLSVerify: ptr("of"), Listen: ptr("9001"), Management: ptr("h:70000"), TLSCA: ptr("none.pem"),
		ConnectTimeout: ptr(time.Duration(0)), HandshakeTimeout: ptr(-time.Second), IOTimeout: ptr(time.Duration(0)),
		KeepAliveTimeout: ptr(time.Duration(-1)), Target: ptr("h:80x"),
	}))
}

func TestAFlagDoesNotHideAProblemOfTheFileItReplaces(t *testing.T) {
	equal(t, 1, len(problemsOf(t, "listen: nowhere\n", Overrides{Listen: ptr("127.0.0.1:0")})))
}

func TestFlagsAreCheckedEvenWhenTheFileIsNoYAML(t *testing.T) {
	equal(t, 2, len(problemsOf(t, "a: [\n", Overrides{LogLevel: ptr("loud")})))
}
