package metrics

import (
	"context"
	"runtime/metrics"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// runtimeMetrics tells of the Go runtime where metrics are pushed, under the names of the semantic conventions.
// Prometheus gets the go_* metrics that its users know instead.
type runtimeMetrics struct{ start time.Time }

func newRuntime(start time.Time) runtimeMetrics { return runtimeMetrics{start} }

// asRuntime says where the Go runtime has the value of an instrument.
var asRuntime = []struct {
	name, unit, help, source string
	monotonic                bool
}{
	{"go.goroutine.count", "{goroutine}", "Goroutines that live.", "/sched/goroutines:goroutines", false},
	{"go.memory.limit", "By", "The limit of memory that was set for the runtime.", "/gc/gomemlimit:bytes", false},
	{"go.memory.gc.goal", "By", "The size of the heap at which the next collection ends.", "/gc/heap/goal:bytes", false},
	{"go.memory.allocated", "By", "Bytes allocated on the heap.", "/gc/heap/allocs:bytes", true},
	{"go.memory.allocations", "{allocation}", "Allocations on the heap.", "/gc/heap/allocs:objects", true},
	{"go.processor.limit", "{thread}", "Threads that run Go code at a time.", "/sched/gomaxprocs:threads", false},
}

// The parts of go.memory.used: all of what the runtime holds, less what it has given back.
const (
	memoryTotal    = "/memory/classes/total:bytes"
	memoryReleased = "/memory/classes/heap/released:bytes"
	memoryStacks   = "/memory/classes/heap/stacks:bytes"
)

// Produce reads the runtime's numbers.
func (r runtimeMetrics) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	now := time.Now()
	samples := []metrics.Sample{{Name: memoryTotal}, {Name: memoryReleased}, {Name: memoryStacks}}
	for _, m := range asRuntime {
		samples = append(samples, metrics.Sample{Name: m.source})
	}
	metrics.Read(samples)
	used, stacks := number(samples[0])-number(samples[1]), number(samples[2])
	list := []metricdata.Metrics{{Name: "go.memory.used", Unit: "By", Description: "Memory that the runtime uses.",
		Data: r.sum(now, false, memoryPoint("stack", stacks), memoryPoint("other", used-stacks))}}
	for i, m := range asRuntime {
		list = append(list, metricdata.Metrics{Name: m.name, Unit: m.unit, Description: m.help,
			Data: r.sum(now, m.monotonic, metricdata.DataPoint[int64]{Value: number(samples[3+i])})})
	}
	return []metricdata.ScopeMetrics{{Scope: instrumentation.Scope{Name: scopeName}, Metrics: list}}, nil
}

func (r runtimeMetrics) sum(now time.Time, monotonic bool, points ...metricdata.DataPoint[int64]) metricdata.Aggregation {
	for i := range points {
		points[i].StartTime, points[i].Time = r.start, now
	}
	return metricdata.Sum[int64]{DataPoints: points, Temporality: metricdata.CumulativeTemporality, IsMonotonic: monotonic}
}

func memoryPoint(kind string, bytes int64) metricdata.DataPoint[int64] {
	return metricdata.DataPoint[int64]{Value: bytes, Attributes: attribute.NewSet(attribute.String("go.memory.type", kind))}
}

// number is 0 where this version of Go does not know the sample.
func number(s metrics.Sample) int64 {
	if s.Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(s.Value.Uint64())
}
