package config

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestAManagementListenerOpenToOthersWithoutPasswordIsAWarning(t *testing.T) {
	for address, warned := range map[string]bool{
		"127.0.0.1:8082": false, "127.1.2.3:0": false, "[::1]:8082": false, "localhost:8082": false,
		"[::ffff:127.0.0.1]:1": false,
		":8082":                true, "0.0.0.0:8082": true, "[::]:8082": true, "10.0.0.1:8082": true, "gateway.example:8082": true,
	} {
		fromFile := mustParse(t, targetYAML("http://h")+"management:\n  listen: \""+address+"\"\n", Overrides{})
		fromFlag := mustParse(t, targetYAML("http://h"), Overrides{Management: ptr(address)})
		if got := len(fromFile.Warnings) == 1; got != warned {
			t.Errorf("file, %s: %v", address, fromFile.Warnings)
		}
		if got := len(fromFlag.Warnings) == 1; got != warned {
			t.Errorf("flag, %s: %v", address, fromFlag.Warnings)
		}
		if warned {
			equal(t, 6, fromFile.Warnings[0].Line)
			equal(t, "management.listen", fromFile.Warnings[0].Key)
			equal(t, "--management", fromFlag.Warnings[0].File)
		}
	}
}

func TestAPasswordQuietsTheWarning(t *testing.T) {
	file := writeFile(t, t.TempDir(), "pw", []byte("pass word\r\n"))
	g := mustParse(t, targetYAML("http://h")+"management: {listen: \":1\", username: admin, password_file: "+file+"}\n", Overrides{})
	equal(t, 0, len(g.Warnings))
	equal(t, "pass word", g.Management.Password)
}

func TestAPasswordFileHoldsOneLine(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"":                         "names an empty file",
		"\n":                       "names an empty file",
		"a\nb\n":                   "names a file with several lines",
		"a\n\n":                    "names a file with several lines",
		strings.Repeat("a", 5_000): strconv.Quote(filepath.Join(dir, "pw")) + " is larger than 4096 bytes",
	} {
		file := writeFile(t, dir, "pw", []byte(content))
		equal(t, []string{
			"f:1: management.password_file: " + want + "; allowed: a file that holds one line, the password",
		}, problemsOf(t, "management: {username: admin, password_file: "+file+"}\n", Overrides{}))
	}
}

func TestTheNameInTheManagementAddressIsAnsweredFor(t *testing.T) {
	g := mustParse(t, "management: {listen: \"Gateway.example:1\", hosts: [b.example, gateway.example]}\n", Overrides{})
	equal(t, []string{"b.example", "gateway.example"}, g.Management.Hosts)
	equal(t, []string(nil), mustParse(t, "management: {listen: \"10.0.0.1:1\"}\n", Overrides{}).Management.Hosts)
}

func TestTheTwoListenersMustNotShareAPort(t *testing.T) {
	for text, clash := range map[string]bool{
		"listen: 127.0.0.1:8082":              true,
		"listen: 0.0.0.0:8082":                true,
		"listen: :8082":                       true,
		"listen: 10.0.0.1:8082":               false,
		"management: {listen: \"[::]:9001\"}": true,
		"listen: localhost:0\nmanagement: {listen: \"localhost:0\"}":   false,
		"listen: LOCALHOST:99\nmanagement: {listen: \"localhost:99\"}": true,
	} {
		if got := len(problemsOf(t, text+"\n", Overrides{})) == 1; got != clash {
			t.Errorf("%s: clash %v", text, got)
		}
	}
}
