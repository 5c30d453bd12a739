package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestOnlyRegularFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	certificate, _ := newCertificate(t, "authority")
	target := writeFile(t, dir, "real.pem", certificate)
	if err := os.Symlink(target, filepath.Join(dir, "link.pem")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for file, want := range map[string]string{
		"real.pem": "", "link.pem": "", dir: " is not a regular file", os.DevNull: " is not a regular file",
		"none.pem": " cannot be read: no such file or directory", "real.pem/x": " cannot be read: not a directory",
	} {
		_, problem := tlsProblems(t, dir, "ca_file: "+file)
		if want == "" && problem != "" || !strings.Contains(problem, want) {
			t.Errorf("%s: %s", file, problem)
		}
	}
}

func TestAFileWithoutPermissionIsAProblem(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("needs a user whom file permissions stop; this one (root) they do not")
	}
	dir := t.TempDir()
	writeFile(t, dir, "ca.pem", nil)
	if err := os.Chmod(filepath.Join(dir, "ca.pem"), 0); err != nil {
		t.Fatal(err)
	}
	if _, problem := tlsProblems(t, dir, "ca_file: ca.pem"); !strings.Contains(problem, "permission denied") {
		t.Error(problem)
	}
}

func TestPathsResolveAgainstTheDirectoryOfTheFile(t *testing.T) {
	l := newLoading(filepath.Join("conf", "gateway"))
	for name, want := range map[string]string{
		"ca.pem": filepath.Join("conf", "gateway", "ca.pem"), "../ca.pem": filepath.Join("conf", "ca.pem"), "/etc/ca.pem": "/etc/ca.pem", "": "",
	} {
		equal(t, want, l.path(name))
	}
}

func TestAChangedAuthorityChangesTheDigest(t *testing.T) {
	dir := t.TempDir()
	digest := func() string {
		certificate, _ := newCertificate(t, "authority")
		writeFile(t, dir, "ca.pem", certificate)
		g, problem := tlsProblems(t, dir, "ca_file: ca.pem")
		if problem != "" {
			t.Fatal(problem)
		}
		return g.Proxies[0].Target.TLS.CADigest
	}
	if first, second := digest(), digest(); first == second {
		t.Errorf("both %s", first)
	}
}

func TestOneAuthorityFileIsReadOnceForAllTargets(t *testing.T) {
	dir := t.TempDir()
	certificate, _ := newCertificate(t, "authority")
	ca := writeFile(t, dir, "ca.pem", certificate)
	g := mustParse(t, `
proxies:
  - {name: a, base_path: /a, target: {url: "https://h", tls: {ca_file: `+ca+`}}}
  - {name: b, base_path: /b, target: {url: "https://h", tls: {ca_file: `+ca+`}}}
`, Overrides{})
	if a, b := g.Proxies[0].Target.TLS.RootCAs, g.Proxies[1].Target.TLS.RootCAs; a == nil || a != b {
		t.Error("two pools for one file")
	}
}

func TestABrokenAuthorityIsReportedAtEveryPlaceThatNamesIt(t *testing.T) {
	equal(t, 2, len(problemsOf(t, `
proxies:
  - {name: a, base_path: /a, target: {url: "https://h", tls: {ca_file: testdata/garbage.pem}}}
  - {name: b, base_path: /b, target: {url: "https://h", tls: {ca_file: testdata/garbage.pem}}}
`, Overrides{})))
}
