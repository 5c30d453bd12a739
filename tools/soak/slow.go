package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// slowness are the ways of slowhttptest to be slow: in the head, in the body, in reading the answer. Each takes eight
// seconds.
var slowness = [][]string{
	{"-H", "/tls"},
	{"-B", "/plain"},
	{"-X", "/stream?bytes=1000000"},
}

// findSlow finds slowhttptest. Without it there are no slow clients, which the report says; where everything is asked for
// (REQUIRE_COMPONENTS=1) that is an error.
func findSlow() (string, error) {
	program, err := exec.LookPath("slowhttptest")
	if err != nil && os.Getenv("REQUIRE_COMPONENTS") == "1" {
		return "", errors.New("slowhttptest is missing, tools/install-test-components installs it")
	}
	return program, nil
}

// slow runs one slow client after the other until the context ends. slowhttptest asks in between, like anybody else,
// whether the gateway is there for others, and says so at the end.
func (s *soak) slow(ctx context.Context) {
	for i := 0; s.slowProgram != "" && ctx.Err() == nil; i++ {
		how, g := slowness[i%len(slowness)], s.gateways[i%len(s.gateways)]
		kind := "slowhttptest " + how[0]
		s.ledger.sent(kind)
		out, err := exec.CommandContext(ctx, s.slowProgram, how[0], "-c", "60", "-r", "60", "-i", "1", "-l", "8", "-p", "5",
			"-n", "1", "-w", "512", "-y", "1024", "-z", "64", "-v", "1", "-u", "http://"+g.traffic+how[1]).CombinedOutput()
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			s.ledger.leftOn(kind)
			return
		case err != nil && !errors.As(err, &exit):
			s.ledger.wrongly(kind, err.Error())
			return
		case strings.Contains(strip(string(out)), "service available: NO"):
			s.ledger.wrongly(kind, "it found the gateway unavailable to others")
		default:
			s.ledger.leftOn(kind)
		}
	}
}

// strip leaves out the colours of a terminal and runs of blanks.
func strip(text string) string {
	var plain strings.Builder
	for i, part := range strings.Split(text, "\x1b[") {
		if _, after, found := strings.Cut(part, "m"); i > 0 && found {
			part = after
		}
		fmt.Fprint(&plain, part)
	}
	return strings.Join(strings.Fields(plain.String()), " ")
}
