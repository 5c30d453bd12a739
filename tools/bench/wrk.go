package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// load is a way to ask a program for things. It returns the processor time that the program spent on them and how many
// requests were answered; one that was not answered well is an error.
type load func(ctx context.Context, p *program, d time.Duration) (spent time.Duration, requests int, err error)

var wrkCount = regexp.MustCompile(`(\d+) requests in`)

// wrk asks as fast as it gets answers, over so many connections that are kept. What the program sends is thrown away.
func wrk(connections int, path string, fields ...string) load {
	return func(ctx context.Context, p *program, d time.Duration) (spent time.Duration, requests int, err error) {
		spent, err = p.spending(func() error {
			requests, err = runWrk(ctx, connections, "http://"+p.address+path, d, fields)
			return err
		})
		return spent, requests, err
	}
}

func runWrk(ctx context.Context, connections int, url string, d time.Duration, fields []string) (int, error) {
	program, err := find("wrk")
	if err != nil {
		return 0, err
	}
	seconds := max(1, int(d.Round(time.Second)/time.Second)) // it knows nothing shorter
	args := []string{"-t1", "-c" + strconv.Itoa(connections), fmt.Sprintf("-d%ds", seconds), "--timeout", "30s"}
	for _, f := range fields {
		args = append(args, "-H", f)
	}
	out, err := exec.CommandContext(ctx, program, append(args, url)...).CombinedOutput()
	report := string(out)
	match := wrkCount.FindStringSubmatch(report)
	if err != nil || match == nil || strings.Contains(report, "Socket errors") || strings.Contains(report, "Non-2xx") {
		return 0, fmt.Errorf("wrk %s: %v\n%s", url, err, report)
	}
	n, err := strconv.Atoi(match[1])
	if err == nil && n == 0 {
		err = fmt.Errorf("wrk %s: no request was answered\n%s", url, report)
	}
	return n, err
}

// browserHead is what a browser sends beside Host: with the request line 12 fields and some 900 bytes.
var browserHead = []string{
	"Connection: keep-alive",
	`sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"`,
	"sec-ch-ua-mobile: ?0",
	`sec-ch-ua-platform: "Linux"`,
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
	"Referer: https://shop.example/catalogue/shoes/running?size=43&colour=blue&sort=price",
	"Accept-Encoding: gzip, deflate, br, zstd",
	"Accept-Language: en-GB,en;q=0.9,de;q=0.8",
	"Cookie: session=" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" + "; consent=all; theme=dark; basket=0123456789abcdef",
	"Authorization: Bearer " + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
}
