package management

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"message-processor/tracing/monitor"
)

// The axes of the matrix, in the original's words: one of the first against one of the second.
var (
	rowAxes    = [][2]string{{"faultCode", "Fault Code"}, {"faultSource", "Fault Source"}, {"statusCode", "Status Code"}}
	columnAxes = [][2]string{{"time", "Time"}, {"proxy", "API Proxy"}, {"target", "Target"}, {"region", "Region"}}
)

const (
	maxMatrixRows    = 60
	maxMatrixColumns = 24
)

// investigateView is the matrix.
type investigateView struct {
	Head          head
	Controls      controls
	Rows, Columns []choice
	Matrix        matrix
	Kept          string
}

// matrix are numbers of calls. Every one leads to the calls it counts.
type matrix struct {
	RowAxis, ColumnAxis string
	Columns             []string
	Rows                []matrixRow
	MoreRows, MoreCols  int // that are not shown
}

type matrixRow struct {
	Name  string
	Total matrixCell
	Cells []matrixCell
	count uint64
}

// matrixCell is one number. Heat goes from 0 to 5.
type matrixCell struct {
	Text, Path, Words string
	ID                string // the same however the matrix moves
	Heat              int
	count             uint64
}

// OverTime tells whether the columns are stretches of time, of which the last is looked at first.
func (v investigateView) OverTime() bool { return v.Matrix.ColumnAxis == columnAxes[0][1] }

func (p *monitorPage) serveInvestigate(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	b := matrixBuilder{p: p, values: values, window: readWindow(values), row: axis(rowAxes, values.Get("rows")),
		column: axis(columnAxes, values.Get("columns"))}
	b.from, b.to = b.window.until(time.Now(), b.window.cell)
	view := investigateView{Head: p.o.head("Investigate", "Investigate", changesPath), Kept: p.kept(),
		Controls: p.controls(investigatePath, values, b.from, b.to, "rows", "columns"),
		Rows:     choices(investigatePath, values, "rows", b.row[0], rowAxes...),
		Columns:  choices(investigatePath, values, "columns", b.column[0], columnAxes...), Matrix: b.build()}
	render(w, http.StatusOK, p.investigate, view)
}

// axis is the one of that name, the first if there is none.
func axis(axes [][2]string, name string) [2]string {
	return axes[max(slices.IndexFunc(axes, func(a [2]string) bool { return a[0] == name }), 0)]
}

type matrixBuilder struct {
	p           *monitorPage
	values      url.Values
	window      window
	row, column [2]string
	from, to    time.Time
}

func (b *matrixBuilder) build() matrix {
	m := matrix{RowAxis: b.row[1], ColumnAxis: b.column[1]}
	if b.column[0] == "time" {
		b.overTime(&m)
	} else {
		b.across(&m)
	}
	slices.SortStableFunc(m.Rows, func(x, y matrixRow) int {
		return cmp.Or(cmp.Compare(b.calm(x.Name), b.calm(y.Name)), cmp.Compare(y.count, x.count))
	})
	if len(m.Rows) > maxMatrixRows {
		m.Rows, m.MoreRows = m.Rows[:maxMatrixRows], len(m.Rows)-maxMatrixRows
	}
	b.heat(&m)
	return m
}

// overTime has a column for each stretch of time.
func (b *matrixBuilder) overTime(m *matrix) {
	found := b.query(b.window.cell, monitor.Dimension(b.row[0]))
	for _, start := range found.Starts {
		m.Columns = append(m.Columns, start.Format("15:04"))
	}
	for _, series := range found.Series {
		row := matrixRow{Name: series.Values[0]}
		for i, point := range series.Points {
			start := found.Starts[i]
			path := b.path(row.Name, "", stretch(start, start.Add(b.window.cell))...)
			row.add(cellOf(uint64(point[0]), path, row.Name+", "+m.Columns[i], strconv.FormatInt(start.Unix(), 10)))
		}
		b.total(&row)
		m.Rows = append(m.Rows, row)
	}
}

// across has a column for each value of a dimension, those with the most calls first.
func (b *matrixBuilder) across(m *matrix) {
	by := []monitor.Dimension{monitor.Dimension(b.row[0])}
	if b.column[0] != "region" {
		by = append(by, monitor.Dimension(b.column[0]))
	}
	found := b.query(0, by...)
	slices.SortStableFunc(found.Series, func(x, y monitor.Series) int { return cmp.Compare(y.Count, x.Count) })
	places, rows := map[string]int{}, map[string]int{}
	for _, series := range found.Series {
		row, column := series.Values[0], monitor.Any
		if len(by) > 1 {
			column = series.Values[1]
		}
		if _, known := places[column]; !known {
			places[column] = len(m.Columns)
			m.Columns = append(m.Columns, column)
		}
		if _, known := rows[row]; !known {
			rows[row] = len(m.Rows)
			m.Rows = append(m.Rows, matrixRow{Name: row})
		}
		at := &m.Rows[rows[row]]
		for len(at.Cells) <= places[column] {
			at.Cells = append(at.Cells, matrixCell{})
		}
		at.Cells[places[column]] = cellOf(series.Count, b.path(row, column, stretch(b.from, b.to)...), row+", "+column, column)
		at.count += series.Count
	}
	b.square(m)
}

// square makes all rows equally long, and not too long.
func (b *matrixBuilder) square(m *matrix) {
	if len(m.Columns) > maxMatrixColumns {
		m.MoreCols = len(m.Columns) - maxMatrixColumns
		m.Columns = m.Columns[:maxMatrixColumns]
	}
	for i := range m.Rows {
		row := &m.Rows[i]
		for len(row.Cells) < len(m.Columns) {
			row.Cells = append(row.Cells, matrixCell{})
		}
		row.Cells = row.Cells[:len(m.Columns)]
		b.total(row)
	}
}

func (b *matrixBuilder) query(interval time.Duration, by ...monitor.Dimension) monitor.Answer {
	return b.p.o.Monitor.Series(monitor.Query{From: b.from, To: b.to, Interval: interval, By: by, Where: conditions(b.values),
		Metrics: []monitor.Metric{{Kind: monitor.Count}}})
}

// path leads to the calls of a cell.
func (b *matrixBuilder) path(row, column string, more ...string) string {
	more = append(more, b.row[0], row)
	if column != "" && b.column[0] != "region" {
		more = append(more, b.column[0], column)
	}
	return with(callsPath, picks(b.values), more...)
}

func cellOf(count uint64, path, what, id string) matrixCell {
	if count == 0 {
		return matrixCell{}
	}
	text := grouped(count)
	return matrixCell{Text: text, Path: path, Words: what + ": " + text + " calls", ID: id, count: count}
}

func (r *matrixRow) add(c matrixCell) {
	r.Cells = append(r.Cells, c)
	r.count += c.count
}

func (b *matrixBuilder) total(r *matrixRow) {
	r.Total = cellOf(r.count, b.path(r.Name, "", stretch(b.from, b.to)...), r.Name, "total")
}

// calm is 1 for rows that are about no fault: they come last, and are not coloured.
func (b *matrixBuilder) calm(row string) int {
	if row == monitor.NotSet || b.row[0] == "statusCode" && row < "4" {
		return 1
	}
	return 0
}

// heat colours the cells of faults by the order of their numbers, on a logarithmic scale.
func (b *matrixBuilder) heat(m *matrix) {
	most := 1.0
	for _, row := range m.Rows {
		for _, c := range row.Cells {
			if b.calm(row.Name) == 0 {
				most = max(most, float64(c.count))
			}
		}
	}
	for i, row := range m.Rows {
		for j, c := range row.Cells {
			if b.calm(row.Name) == 0 && c.count > 0 {
				m.Rows[i].Cells[j].Heat = 1 + int(4*math.Log1p(float64(c.count)-1)/max(math.Log(most), 1))
			}
		}
	}
}
