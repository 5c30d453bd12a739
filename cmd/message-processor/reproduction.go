package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"message-processor/faults/diagnosis/incident"
	"message-processor/faults/lab"
	"message-processor/faults/verdict"
)

// tellIncident says what was recognised and what is run for it.
func tellIncident(w io.Writer, i *incident.Incident, factor float64) {
	fmt.Fprintf(w, "recognised in a %s: %s, %d\n", i.Source, i.Fault.TraceCode, i.Fault.Status)
	for _, line := range i.Evidence {
		fmt.Fprintf(w, "  - %s\n", line)
	}
	cause := "the lab's backend " + i.Does + ", which " + doesOf(i.Does)
	if i.Client != "" {
		cause = "the lab's client " + i.Client + ", which " + doesOfClient(i.Client)
	}
	fmt.Fprintf(w, "again with %s", cause)
	if i.Timer != "" {
		fmt.Fprintf(w, ", and %s: %v", i.Timer, i.Wait(factor))
	}
	fmt.Fprintln(w)
}

func doesOf(name string) string {
	for _, row := range lab.Table() {
		if row.Name == name {
			return strings.Replace(row.Does, "healthy, ", "is healthy, ", 1)
		}
	}
	return name
}

func doesOfClient(name string) string {
	c, err := findClient(name)
	if err != nil {
		return name
	}
	return c.Does
}

// failure is how the copy failed.
type failure struct {
	line          string // of the answer
	id, faultCode string
	took          time.Duration
}

// fail sends what fails, shows it beside the old failure, and tells whether it is the same.
func (p *program) fail(ctx context.Context, i *incident.Incident, s streams) (same bool, err error) {
	var f failure
	if i.Client != "" {
		f, err = p.failClient(ctx, i.Client)
	} else {
		f, err = p.failTarget(ctx, i)
	}
	if err != nil {
		return false, err
	}
	if i.Line != "" {
		fmt.Fprintf(s.out, "then: %s\n", verdict.Printable(i.Line))
	}
	for _, line := range p.logLines.lines(p.file, f.id) {
		fmt.Fprintf(s.out, "now:  %s\n", verdict.Printable(line))
	}
	same = f.faultCode == i.Fault.TraceCode
	fmt.Fprintf(s.out, "answer: %s after %s, fault %s\n", f.line, verdict.Lasting(f.took), f.faultCode)
	if !same {
		fmt.Fprintf(s.out, "That is not the same: the incident's fault is %s.\n", i.Fault.TraceCode)
	}
	return same, nil
}

// failTarget sends a request to the backend that fails. A failure of a reused connection takes two of them, one of a backend
// that leaves a large request takes a large one.
func (p *program) failTarget(ctx context.Context, i *incident.Incident) (f failure, err error) {
	url, times := "http://"+p.traffic.Addr().String()+incident.Path, 1
	if i.Reused && i.Does == "stale-keepalive" || i.Does == "all-servers-down" {
		times = 2
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for range times {
		method, body := http.MethodGet, io.Reader(nil)
		if i.Does == "broken-pipe" {
			method, body = http.MethodPost, bytes.NewReader(make([]byte, 1<<20))
		}
		request, err := http.NewRequestWithContext(ctx, method, url, body)
		if err != nil {
			return f, err
		}
		began := time.Now()
		response, err := transport.RoundTrip(request)
		if err != nil {
			return f, err
		}
		io.Copy(io.Discard, response.Body) // what matters is in the head
		response.Body.Close()
		f = failedAs(response.Proto+" "+response.Status, response.Header, time.Since(began))
	}
	return f, nil
}

func (p *program) failClient(ctx context.Context, name string) (failure, error) {
	c, err := findClient(name)
	if err != nil {
		return failure{}, err
	}
	began := time.Now()
	answer, err := c.Send(ctx, p.traffic.Addr().String(), incident.Path)
	if err != nil {
		return failure{}, fmt.Errorf("%s: %w", name, err)
	}
	return failedAs(answer.Line, answer.Header, time.Since(began)), nil
}

func failedAs(line string, h http.Header, took time.Duration) failure {
	return failure{line: strings.TrimSpace(line), id: h.Get("X-Apigee-Message-ID"), faultCode: h.Get("X-Apigee-fault-code"), took: took}
}
