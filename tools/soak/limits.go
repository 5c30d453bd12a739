package main

import (
	"debug/buildinfo"
	"fmt"
	"syscall"
)

// Open files that a process needs beside those of the stuck handshakes: connections of the other traffic, logs, listeners.
const (
	spareFiles = 1000
	// raceStuck bounds the stuck handshakes of a gateway with the race detector, which gives up at 8,128 goroutines.
	raceStuck = 2500
)

// raiseFiles raises the limit of open files, which the processes started from here inherit, as far as it is needed and
// allowed. It returns the limit now in force.
func raiseFiles(want uint64) (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("limit of open files: %w", err)
	}
	if raised := (syscall.Rlimit{Cur: want, Max: max(want, limit.Max)}); raised.Max > limit.Max {
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			return want, nil
		}
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("limit of open files: %w", err)
	}
	return limit.Cur, nil
}

// raceBuild tells whether a program was built with the race detector.
func raceBuild(program string) (bool, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return false, fmt.Errorf("%w; make build makes it", err)
	}
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true", nil
		}
	}
	return false, nil
}

// layout is how many processes share the stuck handshakes.
type layout struct {
	files    uint64 // limit of each process
	race     bool
	gateways int // two files for each stuck handshake: the client's connection and the target's
	perHold  int // connections of one process of clients
	silent   int // labs that never answer, one file for each
}

// plan spreads n stuck handshakes over as few processes as the limit of open files allows.
func plan(n int, files uint64, race bool) layout {
	room := max(int(files)-spareFiles, 2)
	perGateway := room / 2
	if race {
		perGateway = min(perGateway, raceStuck)
	}
	return layout{files: files, race: race, gateways: share(n, perGateway), perHold: min(room, 8000), silent: share(n, min(room, 5000))}
}

// share is the number of parts of at most size that n falls into.
func share(n, size int) int { return (n + size - 1) / size }
