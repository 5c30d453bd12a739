package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"message-processor/faults"
	"message-processor/faults/lab"
)

const (
	module       = "message-processor/"
	maxFileLines = 400
	maxFuncLines = 60
)

// allowed says which packages of this module a package may import. Each line only names packages of the lines above
// it, so there is no way up. A package that is not here does not belong to the plan.
var allowed = []struct {
	name    string
	imports []string
}{
	{"config", nil},
	{"faults", nil},
	{"faults/lab", nil},
	{"faults/verdict", nil},
	{"proxy/wire", nil},
	{"tracing/secret", nil},
	{"tracing/systemlog", nil},

	{"proxy/channel", []string{"proxy/wire"}},

	{"faults/diagnosis/witness", []string{"proxy/channel", "faults/verdict"}},

	{"tracing", []string{"faults", "faults/verdict", "faults/diagnosis/witness", "tracing/secret", "tracing/systemlog", "proxy/channel"}},
	{"faults/diagnosis/capture", []string{"faults/verdict"}},
	{"faults/diagnosis/packets", []string{"faults/verdict"}},
	{"faults/diagnosis/probe", []string{"proxy/channel", "proxy/wire", "config", "faults/verdict", "faults/diagnosis/witness"}},
	{"faults/diagnosis/logs", []string{"faults", "faults/verdict", "tracing/systemlog"}},
	{"faults/diagnosis/gather", []string{"faults/diagnosis/logs", "faults/diagnosis/probe", "faults", "faults/verdict", "tracing/secret", "tracing/systemlog", "config"}},
	{"faults/diagnosis/incident", []string{"faults/diagnosis/logs", "faults/diagnosis/packets", "faults", "faults/lab", "faults/verdict", "tracing/systemlog", "config"}},

	{"proxy", []string{"proxy/channel", "proxy/wire", "tracing", "faults", "config"}},
	{"tracing/session", []string{"tracing", "tracing/secret", "faults/verdict"}},
	{"tracing/metrics", []string{"tracing", "proxy/channel", "faults"}},
	{"tracing/monitor", []string{"tracing", "faults"}},
	{"tracing/alert", []string{"tracing", "faults", "config"}},

	{"proxy/management", []string{"faults/diagnosis/packets", "tracing", "tracing/secret", "tracing/session", "tracing/monitor", "tracing/alert", "faults", "faults/verdict", "config"}},

	{"tools/soak", []string{"faults", "faults/lab", "tracing/systemlog"}},
}

// confined says where alone a library may be used; nil: only in tests.
var confined = []struct {
	library string
	to      []string
}{
	{"github.com/valyala/fasthttp", []string{"proxy", "faults/lab"}},
	{"github.com/gopacket/gopacket", []string{"faults/diagnosis/capture", "faults/diagnosis/packets"}},
	{"github.com/prometheus/client_golang", []string{"tracing/metrics"}},
	{"go.yaml.in/yaml/v3", []string{"config"}},
	{"go.opentelemetry.io", []string{"tracing", "tracing/session", "tracing/metrics", "tools/soak"}},
	{"github.com/spf13/cobra", []string{"cmd/message-processor"}},
	{"github.com/DeRuina/timberjack", []string{"tracing/systemlog"}},
	{"github.com/google/go-cmp", nil},
	{"github.com/rogpeppe/go-internal", nil},
	{"go.uber.org/goleak", nil},
	{"github.com/chromedp", nil},
	{"testing", nil},
	{"net/http/httptest", nil},
}

// goPackage is what `go list -json` tells about a package.
type goPackage struct {
	ImportPath, Dir, Doc string
	GoFiles, Imports     []string
	Standard             bool
	Error                *struct{ Err string }
}

func (p goPackage) name() string { return strings.TrimPrefix(p.ImportPath, module) }

func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	gomod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", append([]string{"list", "-json"}, args...)...)
	cmd.Dir = filepath.Dir(strings.TrimSpace(string(gomod)))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var packages []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	return packages
}

// ours are the packages of this module that have code besides tests.
func ours(t *testing.T) []goPackage {
	t.Helper()
	all := slices.DeleteFunc(list(t, "./..."), func(p goPackage) bool { return len(p.GoFiles) == 0 })
	if len(all) < 5 {
		t.Fatalf("only %d packages found", len(all))
	}
	return all
}

func TestPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	table := map[string][]string{}
	for _, row := range allowed {
		for _, lower := range row.imports {
			if _, ok := table[lower]; !ok {
				t.Errorf("%s may import %s, which does not stand above it", row.name, lower)
			}
		}
		table[row.name] = row.imports
	}
	for _, p := range ours(t) {
		if p.Error != nil {
			t.Errorf("%s: %s", p.ImportPath, p.Error.Err)
		}
		if strings.HasPrefix(p.name(), "cmd/") {
			continue
		}
		may, ok := table[p.name()]
		if !ok {
			t.Errorf("%s is not in the table of packages", p.name())
			continue
		}
		for _, path := range p.Imports {
			if name, ok := strings.CutPrefix(path, module); ok && !slices.Contains(may, name) {
				t.Errorf("%s imports %s; it may import %v", p.name(), name, may)
			}
		}
	}
}

func within(path, library string) bool {
	return path == library || strings.HasPrefix(path, library+"/")
}

func TestLibrariesStayWhereTheyBelong(t *testing.T) {
	for _, p := range ours(t) {
		for _, path := range p.Imports {
			for _, c := range confined {
				if within(path, c.library) && !slices.Contains(c.to, p.name()) {
					t.Errorf("%s imports %s, which is only for %v", p.name(), path, c.to)
				}
			}
		}
	}
}

func TestTestLibrariesAreNotInTheBinary(t *testing.T) {
	for _, p := range list(t, "-deps", "./cmd/...") {
		for _, c := range confined {
			if c.to == nil && !p.Standard && within(p.ImportPath, c.library) {
				t.Errorf("%s, which is for tests, is linked into the program", p.ImportPath)
			}
		}
	}
}

func TestEveryPackageTellsItsStory(t *testing.T) {
	for _, p := range ours(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	eachFile(t, func(path string, source []byte, fset *token.FileSet, file *ast.File) {
		if n := bytes.Count(source, []byte("\n")); n > maxFileLines {
			t.Errorf("%s has %d lines, at most %d", path, n, maxFileLines)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1; n > maxFuncLines {
				t.Errorf("%s: %s has %d lines, at most %d", path, f.Name.Name, n, maxFuncLines)
			}
		}
	})
}

func TestNothingRunsBeforeMain(t *testing.T) {
	eachFile(t, func(path string, _ []byte, fset *token.FileSet, file *ast.File) {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s:%d: an init function", path, fset.Position(f.Pos()).Line)
			}
		}
	})
}

// visitor sees one file; path is for people.
type visitor func(path string, source []byte, fset *token.FileSet, file *ast.File)

// eachFile calls visit for every file of the module that is not a test and not left out by build constraints here.
func eachFile(t *testing.T, visit visitor) {
	t.Helper()
	for _, p := range ours(t) {
		eachFileOf(t, p, visit)
	}
}

func eachFileOf(t *testing.T, p goPackage, visit visitor) {
	t.Helper()
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		visit(filepath.Join(p.name(), name), source, fset, file)
	}
}

func TestTheCatalogueMarksAsProducedWhatTheProxyAnswers(t *testing.T) {
	answered := map[faults.ID]bool{}
	ids := faultIDs(t)
	for _, p := range ours(t) {
		if p.name() != "proxy" {
			continue
		}
		eachFileOf(t, p, func(_ string, _ []byte, _ *token.FileSet, file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "faults" && ids[s.Sel.Name] != "" {
						answered[ids[s.Sel.Name]] = true
					}
				}
				return true
			})
		})
	}
	for _, f := range faults.All() {
		if f.Produced != answered[f.ID] {
			t.Errorf("%s: Produced is %v in the catalogue, package proxy names it: %v", f.ID, f.Produced, answered[f.ID])
		}
	}
}

// faultIDs reads the constants of package faults: name to value.
func faultIDs(t *testing.T) map[string]faults.ID {
	t.Helper()
	ids := map[string]faults.ID{}
	for _, p := range list(t, "./faults") {
		eachFileOf(t, p, func(_ string, _ []byte, _ *token.FileSet, file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				v, ok := n.(*ast.ValueSpec)
				if !ok || len(v.Values) != 1 {
					return true
				}
				typ, _ := v.Type.(*ast.Ident)
				value, _ := v.Values[0].(*ast.BasicLit)
				if typ != nil && typ.Name == "ID" && value != nil {
					ids[v.Names[0].Name] = faults.ID(strings.Trim(value.Value, `"`))
				}
				return true
			})
		})
	}
	if len(ids) != len(faults.All()) {
		t.Fatalf("%d constants for %d faults", len(ids), len(faults.All()))
	}
	return ids
}

func TestEveryTargetSideFaultHasABackendThatCausesIt(t *testing.T) {
	caused := map[faults.ID]bool{
		faults.SSLHostnameMismatchDNS: true, // tls-wrong-name under a host name, the table is for addresses
		faults.TargetNoResolvedHost:   true, // dns-failure with compatibility.no_resolved_host
	}
	for _, b := range lab.Table() {
		if _, known := faults.Find(faults.ID(b.Fault)); b.Fault != "" && !known {
			t.Errorf("backend %s names the unknown fault %s", b.Name, b.Fault)
		}
		caused[faults.ID(b.Fault)] = true
	}
	for _, f := range faults.All() {
		if f.Produced && f.Source == "target" && !caused[f.ID] {
			t.Errorf("no backend of the lab causes %s", f.ID)
		}
	}
}
