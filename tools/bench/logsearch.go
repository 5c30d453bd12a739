package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// search is how long it takes to find one message in a large system.log, beside grep -F for the same text.
type search struct {
	megabytes     int64
	ours, grep    []float64 // seconds on the clock, in turns
	oursCPU, cpus []float64 // CPU-seconds; the second are grep's
}

// knowsLog tells whether the gateway has the command.
func knowsLog(ctx context.Context, binary string) bool {
	said, _ := exec.CommandContext(ctx, binary, "log", wantedMessage, "--system-log", os.DevNull).CombinedOutput()
	return !bytes.Contains(said, []byte("unknown command"))
}

// wantedMessage is a message id that stands in the log once, near its end.
const wantedMessage = "bench-1-179557613846313-77"

func searchLog(ctx context.Context, g *ground, e effort, size int64) (search, error) {
	found := search{megabytes: size >> 20}
	dir, err := g.room("log")
	if err != nil {
		return found, err
	}
	file := filepath.Join(dir, "system.log")
	if err := writeLog(file, size); err != nil {
		return found, err
	}
	defer os.Remove(file)
	ours := []string{g.binary, "log", wantedMessage, "--system-log", file}
	grep := []string{"grep", "-F", wantedMessage, file}
	for round := range e.rounds + 1 { // the first brings the file into memory
		for _, who := range []struct {
			args      []string
			took, cpu *[]float64
		}{{ours, &found.ours, &found.oursCPU}, {grep, &found.grep, &found.cpus}} {
			took, cpu, err := timed(ctx, who.args)
			if err != nil {
				return found, err
			}
			if round > 0 {
				*who.took, *who.cpu = append(*who.took, took), append(*who.cpu, cpu)
			}
		}
	}
	return found, nil
}

// timed runs a command, which has to find the message.
func timed(ctx context.Context, args []string) (seconds, cpu float64, err error) {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	began := time.Now()
	out, err := command.Output()
	seconds = time.Since(began).Seconds()
	if err != nil || !bytes.Contains(out, []byte(wantedMessage)) {
		return 0, 0, fmt.Errorf("%v: %v\n%s%s", args, err, out, &stderr)
	}
	return seconds, (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds(), nil
}

const logLine = "%s  org:acme env:test api:orders rev:3 messageid:%s NIOThread@%d ERROR HTTP.CLIENT - " +
	"HTTPClient$Context.handshakeTimeout() : SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:%d]@%d " +
	"useCount=1 bytesRead=0 bytesWritten=0 age=55%03dms lastIO=55%03dms isOpen=true handshake timeout\n"

// writeLog fills a file with lines of faults, all of different messages.
func writeLog(path string, size int64) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	at := time.Date(2026, 11, 25, 3, 9, 2, 0, time.UTC)
	var line []byte
	done := false
	for n, written := 0, int64(0); written < size; n++ {
		message := fmt.Sprintf("bench-1-%d-%d", 179557613000000+n, n%9+1)
		if !done && written > size/10*9 {
			message, done = wantedMessage, true
		}
		line = fmt.Appendf(line[:0], logLine, at.Format("2006-01-02 15:04:05,000"), message, n%16, 32768+n%28000, n, n%1000, n%1000)
		out.Write(line) // Flush tells
		written += int64(len(line))
		at = at.Add(7 * time.Millisecond)
	}
	return out.Flush()
}
