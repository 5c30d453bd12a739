package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// The disk of system.log is full for a while. Requests do not notice, and every line is there when there is room again.
func TestAFullDiskUnderSystemLogHarmsNoRequest(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("needs a system that permits mounts in a namespace: ", err)
	}
	defer unix.Unmount(dir, 0)
	log, ballast := filepath.Join(dir, "system.log"), filepath.Join(dir, "ballast")
	p := serving(t, "--system-log", log)
	if err := os.WriteFile(ballast, make([]byte, 128<<10), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	ids := faulty(t, p.gateway, 100) // more than a page of lines
	expectBody(t, p.gateway+"/lab/healthy", 200, "")
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "every line is written", func() bool { return missing(read(t, log), ids) == nil })
	eventually(t, "the trouble is told once", func() bool {
		return len(linesWith(read(t, log), "system.log could not be written as usual")) == 1
	})
	if metrics := mustGet(t, p.management+"/metrics").body; !strings.Contains(metrics, "apigee_log_lines_dropped_total 0") {
		t.Error(linesWith(metrics, "apigee_log_lines_dropped"))
	}
	p.stop(t)
}

// The name server takes questions and says nothing. Requests to that target end with connect_timeout, others are not
// touched, and when the server answers again nobody has to do anything.
func TestAResolverThatHangsHarmsOnlyTheTargetWithThatName(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	resolver := write(t, filepath.Join(t.TempDir(), "resolv.conf"), "nameserver 127.0.0.1\n")
	if err := unix.Mount(resolver, "/etc/resolv.conf", "", unix.MS_BIND, ""); err != nil {
		t.Skip("needs a system that permits mounts in a namespace: ", err)
	}
	socket, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	_, port, err := net.SplitHostPort(hostOf(named(t, "far")))
	if err != nil {
		t.Fatal(err)
	}
	p := serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "proxies:\n"+
		proxyYAML("far", "/far", "http://far.example:"+port, "connect_timeout: 300ms")+proxyYAML("near", "/near", named(t, "near"))))
	waiting := later(p.gateway + "/far/x")
	for range 50 {
		expectBody(t, p.gateway+"/near/x", 200, "near /x")
	}
	if r := <-waiting; r.err != nil || r.status != 503 || !strings.Contains(r.body, "messaging.adaptors.http.flow.ServiceUnavailable") {
		t.Errorf("the name that nobody tells: %+v", r)
	}
	go answerNames(socket)
	eventually(t, "the target is reached again", func() bool { return mustGet(t, p.gateway+"/far/x").status == 200 })
	p.stop(t)
}

// The wall clock jumps by an hour forth, by two back, and to where it was. No timer moves: nothing healthy fails, what is
// stuck gets its answer at its time, and is found once in the log and in the metrics. This sets the clock of the machine for
// two seconds, so it has to be asked for.
func TestAClockThatJumpsMovesNoTimer(t *testing.T) {
	if os.Getenv("SET_CLOCK") != "1" {
		t.Skip("sets the machine's clock; asked for with SET_CLOCK=1")
	}
	const timeout, hung = 4 * time.Second, 50
	gateway := behindSilence(t, timeout)
	stop := askWell(t, gateway)
	answers := getStuck(t, gateway, hung)
	eventually(t, "all of them are stuck", func() bool {
		return number(t, metricsPage(t, gateway), `(?m)^http_server_active_requests (\d+)$`) >= hung
	})
	for _, jump := range []time.Duration{time.Hour, -2 * time.Hour, time.Hour} {
		moveClock(t, jump)
		time.Sleep(time.Second)
	}
	stuck := answers()
	for _, r := range stuck {
		if r.took > timeout+time.Second {
			t.Errorf("an answer after %v", r.took)
		}
	}
	healthy := stop()
	counted := totals(metricsPage(t, gateway), "http_server_request_duration_seconds_count", "apigee_api")
	if healthy < 200 || counted["well"] != healthy || counted["silent"] != hung {
		t.Errorf("%d healthy answers, %d after a timeout; counted were %v", healthy, hung, counted)
	}
	gateway.stop(t)
	checkStuck(t, gateway, stuck, timeout)
}

func moveClock(t *testing.T, by time.Duration) {
	t.Helper()
	now := unix.NsecToTimespec(time.Now().Add(by).UnixNano())
	if err := unix.ClockSettime(unix.CLOCK_REALTIME, &now); err != nil {
		t.Fatal("needs the right to set the clock: ", err)
	}
}

// answerNames is a name server for which every name is 127.0.0.1.
func answerNames(socket net.PacketConn) {
	question := make([]byte, 1500)
	for {
		n, from, err := socket.ReadFrom(question)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(question[:n]) != nil || len(m.Questions) == 0 {
			continue
		}
		m.Response, m.Additionals = true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			}}
		}
		if answer, err := m.Pack(); err == nil {
			socket.WriteTo(answer, from)
		}
	}
}
