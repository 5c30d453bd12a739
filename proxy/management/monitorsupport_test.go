package management

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"message-processor/faults"
	"message-processor/tracing"
	"message-processor/tracing/monitor"
)

// watched are options with a monitor that has seen, just now, 20 good calls of orders, 3 that timed out in the
// handshake, 2 that the target of payments answered itself with 404, and 1 that found no API proxy.
func watched() Options {
	o := options()
	o.Monitor = monitor.New()
	for i := range 20 {
		observe(o, record("GET", "/v0/orders"), i)
	}
	for i := range 3 {
		observe(o, timedOut("GET", "/v0/orders?api_key=s3cret&i=1"), 100+i)
	}
	for i := range 2 {
		r := record("GET", "/v1/payments")
		r.API.Name, r.API.Target, r.Status = "payments", "payments.example:443", 404
		observe(o, r, 200+i)
	}
	r := record("GET", "/nobody")
	fault, _ := faults.Find(faults.ApplicationNotFound)
	r.API, r.Status, r.Passed, r.Failure = tracing.API{}, 404, false, &tracing.Failure{Fault: fault}
	r.Steps = [len(r.Steps)]tracing.Interval{}
	observe(o, r, 300)
	return o
}

// observe shows a record that ends now to the monitor and the sessions.
func observe(o Options, r *tracing.Record, serial int) {
	shift := time.Since(r.End)
	r.Start, r.End = r.Start.Add(shift), r.End.Add(shift)
	for i := range r.Steps {
		if r.Steps[i].Happened() {
			r.Steps[i].Start, r.Steps[i].End = r.Steps[i].Start.Add(shift), r.Steps[i].End.Add(shift)
		}
	}
	r.MessageID = fmt.Sprint("mp1-1-1-", serial)
	o.Monitor.Observe(r)
	o.Sessions.Observe(r)
}

// series reads an answer to a query for metrics: the rest of a row by the tags asked for. Rows of one series are added.
func series(t *testing.T, r reply, tags ...string) map[string][]float64 {
	t.Helper()
	var answer results
	if err := json.Unmarshal([]byte(r.text), &answer); err != nil || r.StatusCode != 200 || len(answer.Results) != 1 {
		t.Fatalf("%s %v %s", r.Status, err, r.text)
	}
	found := map[string][]float64{}
	for _, s := range answer.Results[0].Series {
		key := ""
		for _, tag := range tags {
			key += s.Tags[tag] + " "
		}
		sums := make([]float64, len(s.Columns)-1)
		for _, row := range s.Values {
			for i, value := range row[1:] {
				if n, ok := value.(float64); ok {
					sums[i] += n
				}
			}
		}
		found[key] = sums
	}
	return found
}
