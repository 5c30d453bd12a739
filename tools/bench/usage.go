package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// tree is a process and all its descendants, which is how nginx works.
func tree(root int) []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid …, and a name may hold anything.
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if parent, err := strconv.Atoi(string(fields[1])); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// cpuClock is the kernel's count of the processor time of a process, all its threads included, those that have ended
// too, in nanoseconds: /proc/PID/stat shows the same in hundredths of a second.
func cpuClock(pid int) (time.Duration, error) {
	const schedulerClock = 2
	clock := uintptr(^pid<<3 | schedulerClock) // as clock_getcpuclockid(3) makes it
	var t syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		return 0, fmt.Errorf("the processor clock of process %d: %w", pid, errno)
	}
	return time.Duration(t.Nano()), nil
}

// cpu is the processor time of the program and its workers so far.
func (p *program) cpu() (time.Duration, error) {
	var sum time.Duration
	for _, pid := range tree(p.cmd.Process.Pid) {
		used, err := cpuClock(pid)
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// spending is what the program uses while something is done.
func (p *program) spending(do func() error) (time.Duration, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, p.said)
	}
	after, err := p.cpu()
	return after - before, err
}

// resident is the memory of the program and its workers, in bytes. What workers share counts for each of them, so only
// differences mean something.
func (p *program) resident() int64 {
	var pages int64
	for _, pid := range tree(p.cmd.Process.Pid) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if fields := bytes.Fields(text); err == nil && len(fields) > 1 {
			n, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			pages += n
		}
	}
	return pages * int64(os.Getpagesize())
}
