package management

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"message-processor/faults"
	"message-processor/tracing/monitor"
)

// apiMonitoring answers the queries of the original's API Monitoring from what is kept of the last day. What is known
// of them are parameters, with examples, and the form of the answer; the rest follows the common sense of both.
type apiMonitoring struct{ o Options }

func (a apiMonitoring) register(mux *http.ServeMux) {
	for name, resource := range map[string]resource{
		"traffic":    {selectable: counted, selected: "count"},
		"latency":    {selectable: latencies, selected: "totalLatency,targetLatency"},
		"targets":    {selectable: slices.Concat(counted, latencies), selected: "count", by: monitor.Target},
		"faultcodes": {selectable: counted[:2], selected: "count", by: monitor.FaultCode},
	} {
		mux.Handle("/apimonitoring/metrics/"+name, readOnly(a.own(a.metrics(name, resource))))
	}
	for _, list := range []struct {
		name    string
		columns []string
		rows    func() [][]any
	}{
		{"faultcodecategories", []string{"faultCodeCategory"}, categories},
		{"faultcodesubcategories", []string{"faultCodeCategory", "faultCodeSubCategory"}, subCategories},
		{"faultcodenames", []string{"faultCodeName"}, faultNames},
		{"faultcodedetails", []string{"faultCode", "faultCodeCategory", "faultCodeSubCategory", "faultCodeName"}, faultDetails},
	} {
		mux.Handle("/apimonitoring/metrics/"+list.name, readOnly(a.own(func(w http.ResponseWriter, r *http.Request) {
			answer(w, http.StatusOK, resultsOf(influx{Name: list.name, Tags: map[string]string{}, Columns: list.columns, Values: list.rows()}))
		})))
	}
	mux.Handle("/apimonitoring/logs", readOnly(a.own(a.logs)))
}

// own serves queries about this gateway's organization and environment. Who names none means them.
func (a apiMonitoring) own(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		switch org, env := query.Get("org"), query.Get("env"); {
		case org != "" && org != a.o.Organization():
			refuse(w, http.StatusNotFound, noOrganization, "Organization "+org+" does not exist")
		case env != "" && env != a.o.Environment():
			refuse(w, http.StatusNotFound, noEnvironment, "Environment "+env+" does not exist in organization "+a.o.Organization())
		default:
			serve(w, r)
		}
	}
}

// resource is one kind of metrics.
type resource struct {
	selectable []selectable
	selected   string            // unless the query selects
	by         monitor.Dimension // by which series are always told apart; those without a value are left out
}

// selectable is what a query can select, by name.
type selectable struct {
	name string
	kind monitor.Kind
}

var (
	counted   = []selectable{{"count", monitor.Count}, {"tps", monitor.TPS}, {"errorRate", monitor.ErrorRate}}
	latencies = []selectable{{"totalLatency", monitor.TotalLatency}, {"targetLatency", monitor.TargetLatency}}
)

// The form of an answer, which is that of InfluxDB.
type (
	results struct {
		Results []result `json:"results"`
	}
	result struct {
		Series []influx `json:"series"`
	}
	influx struct {
		Name    string            `json:"name"`
		Tags    map[string]string `json:"tags"`
		Columns []string          `json:"columns"`
		Values  [][]any           `json:"values"`
	}
)

func resultsOf(series ...influx) results {
	if series == nil {
		series = []influx{}
	}
	return results{[]result{{series}}}
}

// metrics answers with a series for each group and percentile, a row for each interval.
func (a apiMonitoring) metrics(name string, of resource) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := readMetricsQuery(r.URL.Query(), of, time.Now())
		if err != nil {
			refuse(w, http.StatusBadRequest, invalidParameter, err.Error())
			return
		}
		var list []influx
		for _, percentile := range q.percentiles {
			list = append(list, a.series(name, of, q, percentile)...)
		}
		answer(w, http.StatusOK, resultsOf(list...))
	}
}

// series asks the store for one percentile.
func (a apiMonitoring) series(name string, of resource, q metricsQuery, percentile float64) []influx {
	columns := []string{"time"}
	for _, s := range q.selected {
		columns = append(columns, s.name)
		q.Metrics = append(q.Metrics, monitor.Metric{Kind: s.kind, Percentile: percentile})
	}
	found := a.o.Monitor.Series(q.Query)
	var list []influx
	for _, series := range found.Series {
		tags := a.tags(q, series.Values)
		if of.by != "" && tags[string(of.by)] == monitor.NotSet {
			continue
		}
		tags["intervalSeconds"] = strconv.Itoa(int(found.Interval.Seconds()))
		if percentile > 0 {
			tags["percentile"] = strconv.FormatFloat(percentile, 'f', -1, 64)
		}
		list = append(list, influx{name, tags, columns, rows(found.Starts, series.Points)})
	}
	return list
}

// tags are the values of a series, with those that are the same for all of a gateway.
func (a apiMonitoring) tags(q metricsQuery, values []string) map[string]string {
	tags := map[string]string{"org": a.o.Organization(), "env": a.o.Environment()}
	if q.region {
		tags["region"] = monitor.Any
	}
	for i, d := range q.By {
		tags[string(d)] = values[i]
	}
	return tags
}

// rows are the points with their times. What could not be measured is null.
func rows(starts []time.Time, points [][]float64) [][]any {
	list := make([][]any, len(starts))
	for i, start := range starts {
		list[i] = []any{start.Format(time.RFC3339)}
		for _, value := range points[i] {
			if math.IsNaN(value) {
				list[i] = append(list[i], nil)
			} else {
				list[i] = append(list[i], value)
			}
		}
	}
	return list
}

func categories() (rows [][]any) {
	for _, category := range faults.Categories() {
		rows = append(rows, []any{category})
	}
	return rows
}

func subCategories() [][]any {
	return distinct(func(c faults.Category, _ string) []any { return []any{c.Category, c.Sub} })
}

func faultNames() [][]any {
	return distinct(func(c faults.Category, _ string) []any { return []any{c.Name} })
}

func faultDetails() [][]any {
	return distinct(func(c faults.Category, code string) []any { return []any{code, c.Category, c.Sub, c.Name} })
}

// distinct makes rows of the fault codes that this gateway knows, each row once.
func distinct(row func(c faults.Category, code string) []any) (rows [][]any) {
	for _, f := range faults.All() {
		if f.TraceCode == "" {
			continue
		}
		next := row(faults.CategoryOf(f.TraceCode), f.TraceCode)
		if !slices.ContainsFunc(rows, func(have []any) bool { return slices.Equal(have, next) }) {
			rows = append(rows, next)
		}
	}
	return rows
}
