package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// load is a process that asks gateways as often as it is told to: wrk can only be told for how many seconds.
type load struct {
	orders  io.Writer
	reports *bufio.Reader
}

func startLoad(t testing.TB, gateways []*watchedGateway) *load {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "asker")
	for _, g := range gateways {
		cmd.Args = append(cmd.Args, strings.Trim(g.url, "htp:/"))
	}
	cmd.Stderr = os.Stderr
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	reports, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { orders.Close(); cmd.Wait() })
	l := &load{orders, bufio.NewReader(reports)}
	for i := range gateways {
		l.ask(t, i, 2000) // fills pools, makes connections
	}
	return l
}

// ask returns when all the answers are there.
func (l *load) ask(t testing.TB, gateway, requests int) {
	t.Helper()
	fmt.Fprintln(l.orders, gateway, requests)
	if report, err := l.reports.ReadString('\n'); report != "done\n" {
		t.Fatal(report, err)
	}
}

// asker is the program of load. Its arguments are the addresses of the gateways; each line of its standard input names one
// of them by its number, and how many requests to make. It answers each when that is done.
func asker() {
	const connections = 16
	crowds := make([][connections]net.Conn, len(os.Args)-1)
	for i, address := range os.Args[1:] {
		for j := range connections {
			crowds[i][j] = must(net.Dial("tcp", address))
		}
	}
	for {
		var i, requests int
		if _, err := fmt.Scanln(&i, &requests); err != nil {
			return
		}
		var left atomic.Int64
		var done sync.WaitGroup
		left.Store(int64(requests))
		for _, conn := range crowds[i] {
			done.Go(func() {
				in := bufio.NewReader(conn)
				for left.Add(-1) >= 0 {
					must(io.WriteString(conn, "GET / HTTP/1.1\r\nHost: cost\r\n\r\n"))
					answer := must(http.ReadResponse(in, nil))
					if must(io.Copy(io.Discard, answer.Body)); answer.StatusCode != http.StatusOK {
						panic(answer.Status)
					}
				}
			})
		}
		done.Wait()
		fmt.Println("done")
	}
}

// must is for asker, whose defects the test sees as a missing answer.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
