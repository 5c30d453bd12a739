package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

var spansDropped = regexp.MustCompile(`(?m)^apigee_spans_dropped_total(?:\{[^}]*\})? (\S+)$`)

// spansLost asks the gateway how many spans it did not export: one that drops them would look cheap.
func spansLost(ctx context.Context, p *program) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", "http://"+p.management+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return 0, err
	}
	match := spansDropped.FindSubmatch(text)
	if match == nil {
		return 0, fmt.Errorf("the gateway's metrics do not tell how many spans were dropped")
	}
	n, err := strconv.ParseFloat(string(match[1]), 64)
	return int(n), err
}
