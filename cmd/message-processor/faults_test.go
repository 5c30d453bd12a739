package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"message-processor/faults"
)

var updateDocs = flag.Bool("update-docs", false, "write docs/faults.md")

const faultsDoc = "../../docs/faults.md"

func TestFaultsDocIsWhatTheCommandPrints(t *testing.T) {
	var out bytes.Buffer
	if code := run([]string{"faults"}, streams{out: &out, err: os.Stderr}); code != exitGood {
		t.Fatalf("exit code %d", code)
	}
	if *updateDocs {
		if err := os.WriteFile(faultsDoc, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(faultsDoc)
	if err != nil || !bytes.Equal(written, out.Bytes()) {
		t.Errorf("docs/faults.md is not up to date (%v): run make docs", err)
	}
}

func TestEveryProducedFaultHasAGuideAndAWayToCauseIt(t *testing.T) {
	for _, f := range faults.All() {
		guide, ok := guideTo[f.ID]
		switch {
		case answered(f) && (guide.setting == "" || guide.diagnose == ""):
			t.Errorf("%s is produced and has no guide", f.ID)
		case answered(f) && causing(f) == "":
			t.Errorf("%s cannot be caused", f.ID)
		case !answered(f) && ok:
			t.Errorf("%s has a guide but is not produced", f.ID)
		}
	}
}

func TestFaultsCommandFindsByIDCodeAndStatus(t *testing.T) {
	for _, c := range []struct {
		argument, want string
		code           int
	}{
		{"unexpected_eof_at_target", "## unexpected_eof_at_target", exitGood},
		{"messaging.adaptors.http.BadGateway", "## bad_gateway_tls_handshake_timeout", exitGood},
		{"431", "## request_headers_too_big", exitGood},
		{"nonsense", "", exitUsage},
	} {
		var out bytes.Buffer
		if code := run([]string{"faults", c.argument}, streams{out: &out, err: &bytes.Buffer{}}); code != c.code {
			t.Errorf("faults %s ends with %d", c.argument, code)
		}
		if !strings.Contains(out.String(), c.want) || strings.Contains(out.String(), "{") && strings.Contains(out.String(), "{limit}") {
			t.Errorf("faults %s prints %s", c.argument, out.String())
		}
	}
}
