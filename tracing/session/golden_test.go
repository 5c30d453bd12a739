package session_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden are calls whose whole trace is kept beside the tests, to be read and compared with the original's.
var golden = []struct {
	file string
	call func() *call
}{
	{"success.xml", success},
	{"handshake-timeout.xml", handshakeTimeout},
	{"connect-failure.xml", connectFailure},
	{"passed-through-400.xml", passedThrough400},
}

func TestTheWholeTraceIsAsKept(t *testing.T) {
	for _, test := range golden {
		got := record(t, test.call()).AppendXML(nil)
		path := filepath.Join("testdata", test.file)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s:\n%s", test.file, diff)
		}
	}
}
