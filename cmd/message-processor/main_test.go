package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the program a command of its own: scripts and tests run it as a process, with signals and exit codes.
func TestMain(m *testing.M) {
	// The parallel tests wait for timeouts most of the time, so there may be more of them than cores. A -parallel in the
	// command line has the last word.
	flag.Set("test.parallel", "6")
	// Under the race detector every process would linger for a second before it exits, which these tests measure.
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	testscript.Main(m, map[string]func(){"message-processor": main, "asker": asker})
}

// needs skips a test that lacks something, or fails it where everything is asked for.
func needs(t testing.TB, present bool, what string) {
	t.Helper()
	switch {
	case present:
	case os.Getenv("REQUIRE_COMPONENTS") == "1":
		t.Fatal("missing: " + what)
	default:
		t.Skip("needs " + what)
	}
}
