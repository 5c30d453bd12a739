package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// none stands where there is no figure.
const none = "–"

// report writes the findings as Markdown.
func (f *findings) report() string {
	var b strings.Builder
	m := &f.machine
	fmt.Fprintf(&b, "%s, %d cores, %s. %s. %d rounds of %v; all of it took %v.\n",
		m.processor, m.cores, m.kernel, strings.Join(m.versions, ", "), f.effort.rounds, f.effort.duration, f.took.Round(time.Second))
	f.reportRaces(&b)
	f.reportStuck(&b, "S5: handshakes that hang", f.stuck)
	for i := range f.growths {
		f.growths[i].report(&b)
	}
	f.reportStuck(&b, "More and more handshakes that hang", f.crowds)
	f.reportRest(&b)
	for _, s := range append(f.skipped, f.failures...) {
		fmt.Fprintf(&b, "\nNot measured: %s.\n", s)
	}
	return b.String()
}

// row writes one line of a table.
func row(b *strings.Builder, cells ...string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func header(b *strings.Builder, cells ...string) {
	b.WriteByte('\n')
	row(b, cells...)
	b.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

func (f *findings) reportRaces(b *strings.Builder) {
	if len(f.races) == 0 {
		return
	}
	names := f.contenders()
	header(b, append([]string{"CPU-seconds per 1,000 requests, as a ratio to nginx"}, names...)...)
	for i := range f.races {
		r := &f.races[i]
		cells := []string{"**" + r.scenario.id + "** " + r.scenario.title}
		for _, name := range names {
			cells = append(cells, r.cell(name))
		}
		row(b, cells...)
	}
	for i := range f.races {
		if remark := f.races[i].remark(); remark != "" {
			fmt.Fprintf(b, "\n%s: %s.\n", f.races[i].scenario.id, remark)
		}
	}
}

// contenders are the names of all that took part, in the order of the first race with most of them.
func (f *findings) contenders() (names []string) {
	for _, r := range f.races {
		for _, s := range r.series {
			if !slices.Contains(names, s.name) {
				names = append(names, s.name)
			}
		}
	}
	return names
}

func (r *race) cell(name string) string {
	figure, found := r.of(name)
	switch {
	case !found:
		return none
	case name == nginx.name:
		return "1 (" + r.base() + ")"
	case name == gateway.name:
		return "**" + short(figure.median) + "** (" + short(figure.low) + "–" + short(figure.high) + ")"
	}
	return figure.String()
}

func (f *findings) reportStuck(b *strings.Builder, title string, all []stuckness) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "\n**%s** (timeout %v, beside %d healthy requests per second)\n", title, stuckTimeout, healthyPace.rate)
	header(b, "", "hang", "KB each", "error after the timeout, p50 / p99 ms", "healthy p99 ms: alone", "beside them", "while they fail", "memory back after")
	for _, s := range all {
		row(b, s.name, thousands(s.count), fmt.Sprintf("%.1f", s.kilobytes), s.late(),
			fmt.Sprintf("%.2f", s.alone), fmt.Sprintf("%.2f", s.beside), fmt.Sprintf("%.2f", s.failing), s.back())
	}
	if most := slices.MaxFunc(all, func(a, b stuckness) int { return a.count - b.count }).count; most < 20_000 && most > usualCrowd {
		fmt.Fprintf(b, "\nMore than %s do not fit here: a process may have %s file descriptors, and each takes two.\n",
			thousands(most), thousands(int(f.files)))
	}
}

func (s *stuckness) late() string {
	text := fmt.Sprintf("%.1f / %.1f", s.lateMedian, s.late99)
	if s.unanswered > 0 {
		text += fmt.Sprintf(", %s without an error", thousands(s.unanswered))
	}
	return text
}

func (s *stuckness) back() string {
	if s.backAfter < 0 {
		return fmt.Sprintf("not within %v", s.patience)
	}
	return fmt.Sprintf("%.1f s", s.backAfter)
}

func (g *growth) report(b *strings.Builder) {
	fmt.Fprintf(b, "\n**%s** (%s)\n", g.title, g.unit)
	header(b, append([]string{g.of}, g.sizes...)...)
	for _, l := range g.lines {
		cells := []string{l.name}
		for i := range g.sizes {
			if i < len(l.figures) && !math.IsNaN(l.figures[i]) {
				cells = append(cells, significant(l.figures[i]))
			} else {
				cells = append(cells, none)
			}
		}
		row(b, cells...)
	}
	if g.remark != "" {
		fmt.Fprintf(b, "\nNot more: %s.\n", g.remark)
	}
}

func (f *findings) reportRest(b *strings.Builder) {
	if s := f.search; s != nil {
		fmt.Fprintf(b, "\n**One message in a system.log of %s MB**: `log` %.2f s, CPU %.2f s; `grep -F` %.2f s, CPU %.2f s; ratio of the times %s.\n",
			thousands(int(s.megabytes)), median(s.ours), median(s.oursCPU), median(s.grep), median(s.cpus), ratios(s.ours, s.grep))
	}
	if s := f.start; s != nil {
		fmt.Fprintf(b, "\n**Start**: ready after %.0f ms (median of %d), the slowest %.0f ms. The binary has %.1f MB.\n",
			s.ready, starts, s.slowest, s.binary)
	}
}
