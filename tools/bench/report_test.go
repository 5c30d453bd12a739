package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sample are findings of every kind.
func sample() *findings {
	one := scenarios()[0]
	bodies := scenario{id: "S3", title: "1 MB; more is better", megabytes: 1}
	return &findings{
		machine: machine{processor: "Z80", cores: 2, kernel: "Linux 6", versions: []string{"nginx 1.22"}},
		effort:  effort{rounds: 3, duration: time.Second}, files: 20_000,
		races: []race{
			{one, []series{{name: nginx.name, cost: []float64{.01, .02, .01}}, {name: gateway.name, cost: []float64{.012, .022, .01}, lost: 7}}},
			{bodies, []series{{name: nginx.name, cost: []float64{1}}, {name: gateway.name, cost: []float64{.5}}}},
		},
		stuck:   []stuckness{{name: nginx.name, count: 5000, kilobytes: 49, backAfter: -1, patience: otherReturn}},
		growths: []growth{{title: "Size", of: "bytes", sizes: []string{"1", "2"}, lines: []line{{"short", []float64{1}}}}},
		crowds:  []stuckness{{name: gateway.name, count: 9750, unanswered: 3, backAfter: 2}},
		search:  &search{2048, []float64{1}, []float64{2}, []float64{1}, []float64{1}},
		start:   &startup{18, 40, 26.6}, skipped: []string{"log: none"},
	}
}

func TestTheReportHasEveryFigure(t *testing.T) {
	text := sample().report()
	for _, want := range []string{
		"Z80, 2 cores, Linux 6. nginx 1.22. 3 rounds of 1s",
		"| **S1** 1 KB, TLS backend, connections kept | 1 (.0100) | **1.10** (1.00–1.20) |",
		"| **S3** 1 MB; more is better | 1 (1000 MB) | **2.00** (2.00–2.00) |",
		"S1: message-processor lost 7 spans.",
		"| nginx | 5,000 | 49.0 | 0.0 / 0.0 | 0.00 | 0.00 | 0.00 | not within 5s |",
		"3 without an error", "More than 9,750 do not fit here",
		"| short | 1.00 | – |",
		"system.log of 2,048 MB", "ready after 18 ms", "Not measured: log: none.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestTheChartIsWellFormedAndShowsCost(t *testing.T) {
	chart := sample().chart()
	for d := xml.NewDecoder(strings.NewReader(chart)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{">1.10<", ">.50<", ">S3<"} { // twice as many MB are half the cost
		if !strings.Contains(chart, want) {
			t.Errorf("no %s in\n%s", want, chart)
		}
	}
}

func TestThePageKeepsWhatPeopleWrote(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, pageName)
	if err := os.WriteFile(page, []byte("# Title\n\n"+markBegin+"old\n"+markEnd+"\nThe end.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it finds what it wrote itself
		if err := sample().publish(options{out: dir}, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(got)
	if !strings.HasPrefix(text, "# Title\n\n"+markBegin) || !strings.HasSuffix(text, markEnd+"\nThe end.\n") ||
		strings.Contains(text, "old") || strings.Count(text, "**S1**") != 1 {
		t.Error(text)
	}
	if _, err := os.Stat(filepath.Join(dir, chartName)); err != nil {
		t.Error(err)
	}
}

func TestAPageWithoutAPlaceForTheTablesIsLeftAlone(t *testing.T) {
	if _, err := insert("# Title\n", "text", false); err == nil {
		t.Error("accepted")
	}
}

func TestTheDocumentedPageHasThePlace(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", pageName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := insert(string(page), "text", true); err != nil {
		t.Error(err)
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"-scenario", "S99"}, {"-rounds", "0"}, {"-duration", "10ms"}, {"more"}, {"-what"}} {
		var said strings.Builder
		if code := run(args, io.Discard, &said); code != 2 || said.Len() == 0 {
			t.Errorf("%v: exit code %d, %q", args, code, said.String())
		}
	}
	if o, err := parseOptions([]string{"-scenario", "S1,log"}, io.Discard); err != nil || !o.wants("S1") || o.wants("S2") {
		t.Error(o, err)
	}
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	r := ratios([]float64{2, 4, 12}, []float64{1, 2, 4})
	if r.median != 2 || r.low != 2 || r.high != 3 {
		t.Error(r)
	}
	if i := r.inverse(); i.median != .5 || i.low >= i.median || i.high != .5 {
		t.Error(i)
	}
	if p := percentile([]int64{5, 1, 2, 3, 4}, 99); p != 5 {
		t.Error(p)
	}
	if m := median([]float64{4, 1, 3, 2}); m != 2.5 {
		t.Error(m)
	}
}

func TestTheLogHasTheWantedMessageOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	if err := writeLog(path, 1<<20); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), wantedMessage); n != 1 || len(text) < 1<<20 || text[len(text)-1] != '\n' {
		t.Errorf("%d times in %d bytes", n, len(text))
	}
}
