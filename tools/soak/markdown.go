package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// The report goes between these lines of the file that -report names.
const (
	beginMark = "<!-- soak: begin -->"
	endMark   = "<!-- soak: end -->"
)

// publish writes the report into a file, or to out.
func (r *report) publish(path string, out io.Writer) error {
	text := r.markdown()
	if path == "" {
		_, err := io.WriteString(out, text)
		return err
	}
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	updated, err := between(string(page), text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(updated), 0o644)
}

// between replaces what stands between the marks.
func between(page, text string) (string, error) {
	before, rest, begins := strings.Cut(page, beginMark)
	_, after, ends := strings.Cut(rest, endMark)
	if !begins || !ends {
		return "", errors.New("has no part between " + beginMark + " and " + endMark)
	}
	return before + beginMark + "\n\n" + text + "\n" + endMark + after, nil
}

func (r *report) markdown() string {
	var b strings.Builder
	r.writeRun(&b)
	r.writeAccount(&b)
	r.writeClients(&b)
	r.writeStuck(&b)
	r.writeRest(&b)
	r.writeFaults(&b)
	return b.String()
}

// table writes a row, or the head with the rule below it.
func row(b *strings.Builder, cells ...any) {
	for _, c := range cells {
		fmt.Fprintf(b, "| %v ", c)
	}
	b.WriteString("|\n")
}

func heading(b *strings.Builder, cells ...any) {
	row(b, cells...)
	b.WriteString("|---|" + strings.Repeat("---:|", len(cells)-1) + "\n")
}

func (r *report) writeRun(b *strings.Builder) {
	s := r.soak
	verdict := "**Nothing was found.**"
	if n := len(r.Findings); n > 0 {
		verdict = fmt.Sprintf("**%d findings**, see below.", n)
	}
	build := "release build"
	if s.layout.race {
		build = "build with the race detector"
	}
	fmt.Fprintf(b, "%s %s for %v, %s, %s, %d processors (%s), seed %d.\n\n", verdict, gateways(s.layout.gateways),
		r.Ended.Sub(s.began).Truncate(time.Second), build, goVersion(s.options.gateway), runtime.NumCPU(), runtime.GOOS+"/"+runtime.GOARCH, s.options.seed)
	if s.layout.gateways > 1 && !s.layout.race {
		fmt.Fprintf(b, "A process here may have %s files open, and the limit cannot be raised. A stuck handshake takes two, so %d gateways "+
			"share them; each of them serves all kinds of traffic.\n\n", thousands(int(s.layout.files)), s.layout.gateways)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(b, "* %s\n", f)
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
}

func gateways(n int) string {
	if n == 1 {
		return "1 gateway"
	}
	return fmt.Sprintf("%d gateways", n)
}

func goVersion(program string) string {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "Go"
	}
	return strings.Replace(info.GoVersion, "go", "Go ", 1)
}

func (r *report) writeAccount(b *strings.Builder) {
	servers, requests := 0, 0
	for _, s := range r.Books.spans {
		servers += s.servers
	}
	for _, n := range r.Books.requests {
		requests += n
	}
	b.WriteString("### Every transaction, once\n\n")
	heading(b, "", "transactions")
	row(b, "counted by the metrics", thousands(requests))
	row(b, fmt.Sprintf("lines in system.log, in %s files", thousands(r.Log.files)), thousands(len(r.Log.byID)))
	row(b, fmt.Sprintf("SERVER spans received (of %s spans)", thousands(r.soak.receiver.spans)), thousands(servers))
	row(b, "answers that clients have seen, each found in all three", thousands(len(r.Books.answers)))
	row(b, "without an answer, because the client had left", thousands(requests-len(r.Books.answers)))
	row(b, "seen in trace sessions", thousands(len(r.Books.sessions)))
	row(b, "lines, spans dropped", fmt.Sprintf("%d, %d", r.Books.linesDropped, r.Books.spansDropped))
	b.WriteString("\n")
}

func (r *report) writeClients(b *strings.Builder) {
	b.WriteString("### What the clients did\n\n")
	heading(b, "", "done", "answered", "left on purpose", "wrong")
	line := func(name string, t tally) {
		row(b, name, thousands(t.sent), thousands(t.answered), thousands(t.left), thousands(t.wrong))
	}
	l := r.soak.ledger
	for _, w := range wishes {
		line(w.kind, r.total(func(k string) bool { return k == w.kind }))
	}
	for _, group := range []struct{ name, prefix string }{
		{"faults by a backend of the lab", "backend "}, {"faults by a scripted client", "client "}, {"faults by a setting", "setting "},
		{"clients that leave in the middle", "leaves "}, {"runs of slowhttptest, 60 connections each", "slowhttptest "},
	} {
		line(group.name, r.total(func(k string) bool { return strings.HasPrefix(k, group.prefix) }))
	}
	for _, kind := range []string{stuckKind, sessionKind} {
		if t := l.kinds[kind]; t != nil {
			line(kind, *t)
		}
	}
	done, refused, moved := 0, 0, 0
	for _, g := range r.soak.gateways {
		done, refused, moved = done+g.reloads, refused+g.refused, moved+g.moved
	}
	line(fmt.Sprintf("reloads (%d in force, %d refused with a mistake, %d times system.log moved away)", done, refused, moved),
		r.total(func(k string) bool { return k == reloadKind }))
	b.WriteString("\n")
}

func (r *report) writeStuck(b *strings.Builder) {
	u, l := r.Burst, r.soak.ledger
	late := l.timing(stuckSeries)
	fmt.Fprintf(b, "### %s stuck handshakes\n\n", thousands(u.asked))
	heading(b, "", "p50", "p99", "requests")
	for _, series := range []struct{ name, title string }{
		{"alone", "healthy traffic alone"}, {"beside", "healthy traffic beside them"}, {"after", "healthy traffic after them"},
	} {
		d := l.timing(series.name)
		row(b, series.title, milliseconds(d.at(.5)), milliseconds(d.at(.99)), thousands(len(d)))
	}
	row(b, fmt.Sprintf("their 502, after the timeout of %v", r.soak.phases.timeout), milliseconds(late.at(.5)), milliseconds(late.at(.99)), thousands(len(late)))
	b.WriteString("\n")
	heading(b, "resident memory", "")
	row(b, "before", megabytes(u.before))
	row(b, "peak", megabytes(u.peak))
	row(b, fmt.Sprintf("%v after the last answer", u.afterFor), megabytes(u.after))
	row(b, "for each stuck handshake", fmt.Sprintf("%.1f KB", float64(u.each)/1024))
	b.WriteString("\n")
}

func (r *report) writeRest(b *strings.Builder) {
	b.WriteString("### At rest\n\n")
	heading(b, "", "goroutines", "open files", "heap", "resident")
	for i, last := range r.Last {
		for _, at := range []struct {
			when string
			footprint
		}{{"after the warm-up", r.First[i]}, {"at the end", last}} {
			row(b, r.soak.gateways[i].name+" "+at.when, at.goroutines, at.files, megabytes(at.heap), megabytes(at.resident))
		}
	}
	b.WriteString("\n")
}

func (r *report) writeFaults(b *strings.Builder) {
	b.WriteString("### Faults by code\n\n")
	heading(b, "", "")
	for _, code := range r.faultCodes() {
		row(b, "`"+code+"`", thousands(r.Books.faults[code]))
	}
	b.WriteString("\n")
}

// thousands writes a number the way people read it.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }

func megabytes(n int) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
