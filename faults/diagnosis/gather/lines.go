package gather

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"message-processor/faults/diagnosis/logs"
	"message-processor/tracing/systemlog"
)

// The bounds of what is taken from system.log.
const (
	aroundLines = 20        // lines before and after each line of the message id
	maxHits     = 1000      // lines of the message id
	maxAround   = 3000      // lines in all
	maxLine     = 64 << 10  // bytes of one line
	logBuffer   = 256 << 10 // bytes
)

// logExcerpt is what system.log has about a message id.
type logExcerpt struct {
	from   string // where it was found
	lines  []string
	around []aroundLine
}

// aroundLine is a line of the surroundings.
type aroundLine struct {
	Number int // in its file, from 1
	Text   string
	Hit    bool // it belongs to the message id
}

// readLog takes the lines of the message id from wherever they are: from the file, else from the gateway, which knows
// its last lines also when it writes them to standard output.
func (g *gathering) readLog(ctx context.Context) error {
	var reasons []string
	for _, path := range g.logPaths() {
		found, err := searchLogs(ctx, path, g.MessageID)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			reasons = append(reasons, err.Error())
		case len(found.lines) == 0:
			reasons = append(reasons, "no line of it in "+path)
		default:
			g.log = found
		}
		if len(g.log.lines) > 0 {
			break
		}
	}
	reasons = append(reasons, g.askLines(ctx)...)
	if len(g.log.lines) == 0 {
		if g.Form == Private {
			g.lacks("lines of system.log", "%s", strings.Join(reasons, "; "))
		}
		return nil
	}
	g.log.clean()
	g.say("lines of system.log: %d, from %s", len(g.log.lines), g.log.from)
	return nil
}

// askLines asks the gateway.
func (g *gathering) askLines(ctx context.Context) (reasons []string) {
	if len(g.log.lines) > 0 || !g.about.reached {
		return reasons
	}
	text, err := g.Fetch(ctx, g.transactionPath()+"/log", "application/json")
	if err == nil {
		err = json.Unmarshal(text, &g.log.lines)
	}
	if err != nil {
		return append(reasons, err.Error())
	}
	g.log.from = "the gateway, which writes its log to standard output"
	return append(reasons, "no line of it among the gateway's last ones")
}

// logPaths are where to look, the most likely first.
func (g *gathering) logPaths() []string {
	if g.SystemLog != "" {
		return []string{g.SystemLog}
	}
	var paths []string
	for _, path := range append([]string{g.about.SystemLog, g.about.configured.log}, logs.PlaybookPaths...) {
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths
}

func (l *logExcerpt) clean() {
	for i := range l.lines {
		l.lines[i] = visible(cleanLine(l.lines[i]))
	}
	for i := range l.around {
		l.around[i].Text = visible(cleanLine(l.around[i].Text))
	}
}

// addLog adds the lines, and what stands around them.
func (g *gathering) addLog(context.Context) error {
	if len(g.log.lines) == 0 {
		return nil
	}
	g.archive.add("system.log", "the lines of the message id", []byte(strings.Join(g.log.lines, "\n")+"\n"))
	if len(g.log.around) == 0 {
		g.lacks("surroundings in system.log", "the lines came from %s", g.log.from)
		return nil
	}
	var out strings.Builder
	for _, line := range g.log.around {
		mark := ' '
		if line.Hit {
			mark = '>'
		}
		fmt.Fprintf(&out, "%c %7d  %s\n", mark, line.Number, line.Text)
	}
	g.archive.add("system-log-surroundings.txt", "the same with 20 lines before and after; > marks them", []byte(out.String()))
	return nil
}

// searchLogs reads a log and what was rotated away from it, the oldest first.
func searchLogs(ctx context.Context, path, id string) (logExcerpt, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	if err != nil {
		return logExcerpt{}, err
	}
	s := search{id: id}
	for _, file := range logs.Files(path) {
		there, err := mentionedIn(ctx, file, id)
		if err == nil && there {
			err = s.read(ctx, file)
		}
		if err != nil {
			return logExcerpt{}, fmt.Errorf("%s: %w", file, err)
		}
	}
	s.found.from = path
	return s.found, nil
}

var errFound = errors.New("found")

// mentionedIn tells whether a file has the message id at all: that is seen much faster than its lines are read.
func mentionedIn(ctx context.Context, file, id string) (bool, error) {
	r, err := logs.Open(file, func(int) {})
	if err != nil {
		return false, err
	}
	defer r.Close()
	err = logs.Search(ctx, r, id, func([]byte) error { return errFound })
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// read reads a file from its beginning. A line that begins no event belongs to the event before it.
func (s *search) read(ctx context.Context, file string) error {
	r, err := logs.Open(file, func(int) {})
	if err != nil {
		return err
	}
	defer r.Close()
	s.before, s.after, s.inside = s.before[:0], 0, false
	reader := bufio.NewReaderSize(r, logBuffer)
	for n := 1; len(s.found.lines) < maxHits && len(s.found.around) < maxAround; n++ {
		line, err := readLine(reader)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && n%1024 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		s.line(n, line)
	}
	return nil
}

// search is the state of a search: the last lines are kept for the case that the next one is wanted.
type search struct {
	id     string
	found  logExcerpt
	before []aroundLine
	after  int // lines that are still wanted
	inside bool
}

func (s *search) line(n int, text string) {
	hit := logs.IndexID([]byte(text), []byte(s.id)) >= 0 || s.inside && !systemlog.StartsEvent(text)
	s.inside = hit
	switch {
	case hit:
		s.found.around = append(append(s.found.around, s.before...), aroundLine{n, text, true})
		s.found.lines = append(s.found.lines, text)
		s.before, s.after = s.before[:0], aroundLines
	case s.after > 0:
		s.found.around = append(s.found.around, aroundLine{n, text, false})
		s.after--
	default:
		if len(s.before) == aroundLines {
			s.before = append(s.before[:0], s.before[1:]...)
		}
		s.before = append(s.before, aroundLine{n, text, false})
	}
}

// readLine reads a line and keeps at most maxLine bytes of it.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part[:min(len(part), maxLine-len(line))]...)
		switch {
		case err == nil:
			return strings.TrimRight(string(line), "\r\n"), nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		}
	}
}
