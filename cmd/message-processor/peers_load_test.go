package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// wrk asks for a URL over eight kept connections until the answers are at least so many. All of them must be good.
func wrk(t *testing.T, url string, requests int) {
	t.Helper()
	program := component(t, "wrk")
	for done := 0; done < requests; {
		report := toEnd(t, program, "-t1", "-c8", "-d1s", url)
		if strings.Contains(report, "Socket errors") || strings.Contains(report, "Non-2xx") {
			t.Fatal(report)
		}
		n := number(t, report, `(\d+) requests in`)
		if n == 0 {
			t.Fatal(report)
		}
		done += n
	}
}

// number finds a whole number in a text.
func number(t testing.TB, text, pattern string) int {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("no %s in\n%s", pattern, text)
	}
	n, err := strconv.Atoi(match[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// footprint is what a gateway holds on to.
type footprint struct{ goroutines, files, heap int }

func footprintOf(t *testing.T, gateway *process) footprint {
	t.Helper()
	heap := mustGet(t, gateway.management+"/debug/pprof/heap?gc=1&debug=1").body
	stacks := mustGet(t, gateway.management+"/debug/pprof/goroutine?debug=1").body
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", gateway.cmd.Process.Pid))
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	return footprint{busy(t, stacks), len(files), number(t, heap, `# HeapAlloc = (\d+)`)}
}

// busy counts the goroutines in a profile. Those that fasthttp keeps for the next connections, for ten seconds, do
// nothing.
func busy(t *testing.T, profile string) int {
	t.Helper()
	n := 0
	for stack := range strings.SplitSeq(profile, "\n\n") {
		if strings.Contains(stack, "workerFunc") && !strings.Contains(stack, "serveConn") {
			continue
		}
		if count := regexp.MustCompile(`(?m)^(\d+) @`).FindStringSubmatch(stack); count != nil {
			n += number(t, count[1], `(\d+)`)
		}
	}
	return n
}
