package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// Measures of the chart, in pixels.
const (
	chartWidth = 760
	labelWidth = 250
	barHeight  = 11
	barGap     = 2
	groupGap   = 14
	topSpace   = 58
	fullScale  = 3.0 // ratios beyond it are cut and written out
)

// chartStyle gives every contender a colour that can be told from its neighbours, on light and on dark ground.
const chartStyle = `text{font:12px system-ui,sans-serif;fill:#222}.s{font-size:10px}.t{font-weight:600}` +
	`.g{stroke:#bbb;stroke-width:1}.one{stroke:#222;stroke-width:1.5}.w{stroke:#222;stroke-width:1}` +
	`.c0{fill:#0b6e4f}.c1{fill:#d97706}.c2{fill:#1d4ed8}.c3{fill:#9333ea}.c4{fill:#6b7280}` +
	`@media(prefers-color-scheme:dark){text{fill:#ddd}.one,.w{stroke:#ddd}.g{stroke:#555}` +
	`.c0{fill:#34d399}.c1{fill:#fbbf24}.c2{fill:#60a5fa}.c3{fill:#c084fc}.c4{fill:#9ca3af}}`

// chart draws the races: what each contender costs relative to nginx, so shorter is better, with the spread.
func (f *findings) chart() string {
	names := f.contenders()
	slices.SortStableFunc(names, func(a, b string) int { return strings.Compare(first(a), first(b)) })
	var body strings.Builder
	y := topSpace
	for i := range f.races {
		y = f.races[i].draw(&body, names, y)
	}
	height := y + 8
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="CPU for a request as a ratio to nginx">`+"\n", chartWidth, height)
	fmt.Fprintf(&b, "<style>%s</style>\n", chartStyle)
	fmt.Fprintf(&b, `<text class="t" x="8" y="16">CPU for the same work, nginx = 1 (shorter is better; the thin line is lowest to highest)</text>`+"\n")
	legend(&b, names)
	for _, tick := range []float64{0.5, 1, 1.5, 2, 2.5} {
		class := "g"
		if tick == 1 {
			class = "one"
		}
		fmt.Fprintf(&b, `<line class="%s" x1="%.0f" y1="%d" x2="%.0f" y2="%d"/>`, class, across(tick), topSpace-4, across(tick), height-8)
		fmt.Fprintf(&b, `<text class="s" x="%.0f" y="%d" text-anchor="middle">%g</text>`+"\n", across(tick), topSpace-7, tick)
	}
	return b.String() + body.String() + "</svg>\n"
}

// first sorts the gateway before all others and leaves those as they are.
func first(name string) string {
	if name == gateway.name {
		return ""
	}
	return "other"
}

// across is where a ratio is.
func across(ratio float64) float64 {
	return labelWidth + min(ratio, fullScale)/fullScale*(chartWidth-labelWidth-60)
}

func legend(b *strings.Builder, names []string) {
	x := 8
	for i, name := range names {
		if name == nginx.name {
			continue // it is the line at 1
		}
		fmt.Fprintf(b, `<rect class="c%d" x="%d" y="25" width="10" height="10"/><text class="s" x="%d" y="34">%s</text>`+"\n",
			colour(name, i), x, x+14, html.EscapeString(name))
		x += 40 + 6*len(name)
	}
}

// colour keeps the gateway's the same, whoever else takes part.
func colour(name string, i int) int {
	if name == gateway.name {
		return 0
	}
	return 1 + i%4
}

// draw adds one race and returns where the next one begins.
func (r *race) draw(b *strings.Builder, names []string, y int) int {
	first := y
	for i, name := range names {
		figure, found := r.of(name)
		if !found || name == nginx.name {
			continue
		}
		if r.scenario.megabytes > 0 {
			figure = figure.inverse() // all of the chart is cost
		}
		middle := y + barHeight/2
		fmt.Fprintf(b, `<rect class="c%d" x="%d" y="%d" width="%.1f" height="%d"/>`, colour(name, i), labelWidth, y, across(figure.median)-labelWidth, barHeight)
		fmt.Fprintf(b, `<line class="w" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, across(figure.low), middle, across(figure.high), middle)
		fmt.Fprintf(b, `<text class="s" x="%.1f" y="%d">%s</text>`+"\n", across(figure.high)+4, y+barHeight-2, short(figure.median))
		y += barHeight + barGap
	}
	fmt.Fprintf(b, `<text class="t" x="8" y="%d">%s</text>`, first+10, html.EscapeString(r.scenario.id))
	for i, line := range wrap(r.scenario.chartTitle(), 40) {
		fmt.Fprintf(b, `<text class="s" x="8" y="%d">%s</text>`, first+23+12*i, html.EscapeString(line))
		y = max(y, first+28+12*i)
	}
	b.WriteByte('\n')
	return y + groupGap
}

// chartTitle is the title without what only the table needs.
func (s *scenario) chartTitle() string {
	title, _, _ := strings.Cut(s.title, ";")
	return title
}

// wrap breaks a text into lines.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
