package main

import (
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// channelTimes are age and lastIO of a handshake timeout's line.
var channelTimes = regexp.MustCompile(` useCount=1 bytesRead=0 bytesWritten=0 age=(\d+)ms lastIO=(\d+)ms isOpen=true handshake timeout$`)

// The other tests shorten the timeout. This one waits for the real thing beside them.
func TestTheDefaultTimeoutIsThePlaybooks55Seconds(t *testing.T) {
	if os.Getenv("LONG_TESTS") != "1" && os.Getenv("REQUIRE_COMPONENTS") != "1" {
		t.Skip("waits for 55 seconds: set LONG_TESTS=1")
	}
	t.Parallel()
	p := serving(t)
	r := mustGet(t, p.gateway+"/lab/tls-silent")
	p.stop(t)
	const body = `{"fault":{"faultstring":"Bad Gateway","detail":{"errorcode":"messaging.adaptors.http.flow.BadGateway"}}}`
	if r.status != 502 || r.body != body || r.header.Get("X-Apigee-fault-code") != "messaging.adaptors.http.BadGateway" {
		t.Errorf("%d %v %s", r.status, r.header, r.body)
	}
	const least, most = 55 * time.Second, 55*time.Second + 250*time.Millisecond
	if r.took < least || r.took > most {
		t.Errorf("the client waited for %v", r.took)
	}
	lines := linesWith(p.stdout.String(), "messageid:"+r.id()+" ")
	if len(lines) != 1 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	match := channelTimes.FindStringSubmatch(lines[0])
	if match == nil {
		t.Fatalf("the line is %q", lines[0])
	}
	for _, text := range match[1:] {
		ms, _ := strconv.Atoi(text)
		if d := time.Duration(ms) * time.Millisecond; d < least || d > most {
			t.Errorf("age and lastIO are %v", match[1:])
		}
	}
}
