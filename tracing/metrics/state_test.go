package metrics

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"message-processor/proxy/channel"
)

func TestWhatOthersCountIsAskedWhenSomebodyReads(t *testing.T) {
	m, err := New(t.Context(), from(), Options{Version: "1.2.3", Commit: "abc", Go: "go1.26"})
	if err != nil {
		t.Fatal(err)
	}
	s := idle()
	counts := channel.Counts{Opened: 10}
	counts.Closed[channel.Failed], counts.Closed[channel.Expired] = 3, 2
	s.Channels = func() channel.Counts { return counts }
	s.Pool = func() channel.Stats { return channel.Stats{Idle: 4, Reused: 7} }
	active := 1
	s.Active = func() int { return active }
	s.Sessions = func() int { return 2 }
	s.LogLines = func() uint64 { return 8 }
	s.Spans = func() uint64 { return 9 }
	if err := m.Watch(s); err != nil {
		t.Fatal(err)
	}
	m.page(t, "")
	active = 5
	wants(t, m.page(t, ""), "http_server_active_requests 5",
		"apigee_channel_open 5", "apigee_channel_idle 4", "apigee_channel_opened_total 10", "apigee_channel_reused_total 7",
		`apigee_channel_closed_total{reason="failed"} 3`, `apigee_channel_closed_total{reason="expired"} 2`,
		`apigee_channel_closed_total{reason="stale"} 0`, "apigee_trace_sessions 2",
		"apigee_log_lines_dropped_total 8", "apigee_spans_dropped_total 9",
		`apigee_build_info{goversion="go1.26",revision="abc",version="1.2.3"} 1`)
}

func TestAReloadThatFailedShowsUntilOneSucceeds(t *testing.T) {
	m := counting(t)
	loaded := func() string {
		return regexp.MustCompile(`(?m)^apigee_config_last_reload_success_timestamp_seconds .*$`).FindString(m.page(t, ""))
	}
	wants(t, m.page(t, ""), "apigee_config_last_reload_successful 1")
	first := loaded()
	m.Reloaded(false)
	wants(t, m.page(t, ""), "apigee_config_last_reload_successful 0")
	if loaded() != first || first == "" {
		t.Errorf("%q became %q", first, loaded())
	}
	time.Sleep(time.Millisecond) // the numbers are printed to the microsecond or better
	m.Reloaded(true)
	wants(t, m.page(t, ""), "apigee_config_last_reload_successful 1")
	if loaded() == first {
		t.Error("the time of the reload did not change")
	}
}

func TestThePageTellsOfTheRuntimeTheProcessAndTheTarget(t *testing.T) {
	page := counting(t).page(t, openMetrics)
	for _, want := range []string{"\ngo_goroutines ", "\nprocess_start_time_seconds ", "\ntarget_info{", `service_name="message-processor"`, `service_version="1.2.3"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, "otel_scope") || !strings.HasSuffix(page, "# EOF\n") {
		t.Error("the scope is on every series, or the page has no end")
	}
}
