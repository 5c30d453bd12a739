package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"message-processor/config"
	"message-processor/proxy"
	"message-processor/tracing"
	"message-processor/tracing/session"
)

// costs are the ways to look at requests whose cost is compared. The first one is not to look at all.
var costs = []struct {
	name  string
	watch func(testing.TB, *watchedGateway)
}{
	{"none", func(testing.TB, *watchedGateway) {}},
	{"off", func(t testing.TB, w *watchedGateway) { w.keepFaults(t); w.export(t, 0, "none") }},
	{"metrics, monitoring, alerts", func(t testing.TB, w *watchedGateway) {
		w.options.Observers = append(w.options.Observers, monitoring(t)...)
	}},
	{"ratio 0.01", func(t testing.TB, w *watchedGateway) { w.keepFaults(t); w.export(t, 0.01, "otlp") }},
	{"ratio 1.0", func(t testing.TB, w *watchedGateway) { w.keepFaults(t); w.export(t, 1, "otlp") }},
	{"session that does not match", func(t testing.TB, w *watchedGateway) {
		w.export(t, 0, "none")
		store := w.keepFaults(t)
		scope := session.Scope{Organization: "acme", Environment: "test", API: "default", Revision: 1}
		filters := []session.Filter{{Name: "X-Trace-Me", Value: "yes"}}
		if _, err := store.Create(session.Spec{Scope: scope, Name: "idle", Filters: filters}); err != nil {
			t.Fatal(err)
		}
	}},
}

// watchedGateway is a gateway of this process in front of a web server, with observers of its own.
type watchedGateway struct {
	target   string
	receiver string // takes spans and forgets them
	options  proxy.Options
	ratio    float64
	url      string
}

func (w *watchedGateway) keepFaults(t testing.TB) *session.Store {
	store := session.New(session.Options{MaxTransactions: 20, MaxDuration: time.Hour, KeepFaults: 100})
	t.Cleanup(store.Close)
	w.options.Observers = append(w.options.Observers, store.Observe)
	return store
}

func (w *watchedGateway) export(t testing.TB, ratio float64, exporter string) {
	t.Helper()
	t.Setenv("OTEL_TRACES_EXPORTER", exporter)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"+w.receiver+"/") // the OTLP client asks the process itself
	e, err := tracing.NewExporter(t.Context(), os.Getenv,
		tracing.ExportOptions{SampleFaults: true, Warn: func(line string) { t.Error(line) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Shutdown(context.Background()) })
	w.ratio, w.options.Observers = ratio, append(w.options.Observers, e.Observe)
}

func (w *watchedGateway) start(t testing.TB) {
	t.Helper()
	text := fmt.Sprintf("tracing: {sample_ratio: %v}\nproxies: [{name: default, target: {url: \"http://%s\"}}]\n", w.ratio, w.target)
	c, err := config.Parse("cost.yaml", []byte(text), config.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.options.Host, w.options.PID, w.options.Log = "cost", os.Getpid(), zerolog.Nop()
	gateway := proxy.New(c, w.options)
	go gateway.Serve(l)
	t.Cleanup(func() { gateway.Shutdown(context.Background()) })
	w.url = "http://" + l.Addr().String() + "/"
}

// watchedGateways are one gateway for each of costs.
func watchedGateways(t testing.TB) []*watchedGateway {
	t.Helper()
	server := nginx(t)
	list := make([]*watchedGateway, len(costs))
	for i, c := range costs {
		list[i] = &watchedGateway{target: server.plain, receiver: server.plain}
		c.watch(t, list[i])
		list[i].start(t)
	}
	return list
}

// BenchmarkCostOfWatching gives the gateway's CPU time for a request as a ratio to that of a gateway nobody watches: the
// median of ten rounds. In a round the gateways take turns so short that a machine which others use too is equally fast
// for all of them. Load and target are processes of their own and do not count.
func BenchmarkCostOfWatching(b *testing.B) {
	const rounds, turns, requests = 10, 25, 400
	list := watchedGateways(b)
	load := startLoad(b, list)
	ratios := make([][]float64, len(list))
	for range rounds {
		spent := make([]time.Duration, len(list))
		for turn := range turns * len(list) {
			i := (turn + turn/len(list)) % len(list) // nobody always comes after the same one
			before := cpuTime(b)
			load.ask(b, i, requests)
			spent[i] += cpuTime(b) - before
		}
		for i := range list {
			ratios[i] = append(ratios[i], float64(spent[i])/float64(spent[0]))
		}
	}
	var table strings.Builder
	for i, c := range costs {
		slices.Sort(ratios[i])
		median := (ratios[i][rounds/2-1] + ratios[i][rounds/2]) / 2
		fmt.Fprintf(&table, "%-28s %.3f (%.3f to %.3f)\n", c.name, median, ratios[i][0], ratios[i][rounds-1])
	}
	b.Logf("CPU time for a request, as a ratio to none, median of %d rounds (lowest to highest):\n%s", rounds, &table)
}

// cpuTime is what this process has used.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// It is not parallel: it counts what the whole process allocates.
func TestWatchingAllocatesNothingMoreForRequestsThatNobodyKeeps(t *testing.T) {
	load := component(t, "wrk")
	list := watchedGateways(t)
	const noise = 0.05 // allocations for a request, of timers and of the connections of the load
	var none float64
	for i, c := range costs {
		if c.name == "ratio 1.0" || c.name == "ratio 0.01" { // these upload
			continue
		}
		toEnd(t, component(t, "curl"), "-s", list[i].url+"?[1-50]") // fills pools
		before := allocations()
		report := toEnd(t, load, "-t1", "-c4", "-d1s", list[i].url)
		each := float64(allocations()-before) / float64(number(t, report, `(\d+) requests in`))
		none = cmp.Or(none, each)
		if t.Logf("%s: %.3f allocations for a request", c.name, each); each > none+noise {
			t.Errorf("%s allocates %.3f times for a request, none %.3f", c.name, each, none)
		}
	}
}

func allocations() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
