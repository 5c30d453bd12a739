package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const playbookCapture = "../../faults/diagnosis/packets/testdata/playbook.pcap"

// runAnalyze runs the command in this process.
func runAnalyze(stdin string, args ...string) (code int, out, talk string) {
	var stdout, stderr bytes.Buffer
	code = run(append([]string{"analyze"}, args...), streams{in: strings.NewReader(stdin), out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestAnalyzeNamesThePacketsOfThePlaybook(t *testing.T) {
	code, out, talk := runAnalyze("", playbookCapture)
	if code != exitFailed || talk != "" {
		t.Errorf("exit code %d, standard error %q", code, talk)
	}
	for _, part := range []string{"firewall-drops-data: ", "in packets 5, 6 and 7,", "--- ClientHello again x3 (+0.21 s, +0.42 s, +0.86 s) ---",
		"\n8 packets, 1 TCP connection: 1 firewall-drops-data\n"} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
}

func TestAnalyzeReadsStandardInput(t *testing.T) {
	file, err := os.ReadFile(playbookCapture)
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := runAnalyze("", playbookCapture)
	if code, out, _ := runAnalyze(string(file), "-"); code != exitFailed || out != want {
		t.Errorf("exit code %d\n%s", code, out)
	}
	// Cut in its last packet, the file is damaged as well.
	code, out, _ := runAnalyze(string(file[:len(file)-20]), "-")
	if code != exitFailed || !strings.Contains(out, "after packet 7: the file ends in the middle of a packet") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestAnalyzeAsJSONHasTheKeysOfTheContract(t *testing.T) {
	_, out, _ := runAnalyze("", "--json", playbookCapture)
	var document struct {
		File        string
		Connections []struct {
			Client, Server, Start string
			Packets               []struct{ Number int }
			Verdict               struct {
				ID, Summary string
				Evidence    []string
				NextStep    string `json:"next_step"`
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Connections) != 1 || document.File != playbookCapture {
		t.Fatalf("%+v", document)
	}
	c := document.Connections[0]
	if c.Client != "10.0.0.5:42828" || c.Server != "203.0.113.7:443" || c.Start != "2026-11-22T10:14:47.11Z" || len(c.Packets) != 8 ||
		c.Packets[7].Number != 8 || c.Verdict.ID != "firewall-drops-data" || c.Verdict.NextStep == "" {
		t.Errorf("%+v", c)
	}
}

func TestAnalyzeRefusesWhatItCannotUse(t *testing.T) {
	text := write(t, filepath.Join(t.TempDir(), "notes.txt"), "no packets in here, but enough bytes")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitUsage, "analyze needs one FILE"},
		{[]string{playbookCapture, text}, exitUsage, "analyze needs one FILE"},
		{[]string{playbookCapture, "--connection", "7"}, exitUsage, "no such connection; 8 packets, 1 TCP connection"},
		{[]string{"nowhere.pcap"}, exitFailed, `there is no file "nowhere.pcap"`},
		{[]string{text}, exitFailed, "neither pcap nor pcapng"},
	} {
		if code, out, talk := runAnalyze("", c.args...); code != c.code || !strings.Contains(talk, c.says) || out != "" {
			t.Errorf("%v: exit code %d, %q, %q", c.args, code, talk, out)
		}
	}
	if code, out, _ := runAnalyze("", playbookCapture, "--connection", "1"); code != exitFailed || !strings.Contains(out, "connection 1:") {
		t.Errorf("the one connection: exit code %d\n%s", code, out)
	}
}

// An empty capture is no proof of anything, but nothing is wrong with it.
func TestAnalyzeOfACaptureWithoutConnectionsIsGood(t *testing.T) {
	file, err := os.ReadFile(playbookCapture)
	if err != nil {
		t.Fatal(err)
	}
	if code, out, _ := runAnalyze(string(file[:24]), "-"); code != exitGood || out != "0 packets, 0 TCP connections\n" {
		t.Errorf("exit code %d, %q", code, out)
	}
}
