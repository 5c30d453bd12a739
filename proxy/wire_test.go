package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestWire plays the cases in testdata/wire: one file each, in txtar form. The comment says what the case is about; the
// sections are steps, played in their order:
//
//	setup                    settings, as "key: value" lines named after the fields of setup
//	client                   bytes the client sends
//	target receives          bytes the target must have received; the first time, and after it closed, on a new connection
//	target                   bytes the target sends
//	client receives          bytes the client must have received
//	client|target ends       it ends its direction of the connection
//	client|target closes     it closes the connection
//	client|target sees end   the gateway has ended the connection and said nothing else before
//
// Lines end in CRLF on the wire, but not where a line here ends in a backslash; other backslashes are Go's escapes. What
// differs from run to run stands in braces: {target} and {port} (of the gateway), {id} (a message id), {trace}, {span},
// {date}; with a digit, {id1}, it is the same each time. {tail} stands for the lines that every request to the target gets.
// When all steps are played, neither side may have received anything else.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txt")
	check(t, err)
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			check(t, err)
			newPlay(t, archive).play(archive.Files)
		})
	}
}

// play is a case on stage.
type play struct {
	t              *testing.T
	client, target *side
	accepted       chan net.Conn
	bound          map[string]string
}

// side is one end of a connection to the gateway, with what it has received and not expected yet.
type side struct {
	net.Conn
	got []byte
	end error // why there will be no more
}

func newPlay(t *testing.T, archive *txtar.Archive) *play {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	p := &play{t: t, accepted: make(chan net.Conn, 8), bound: map[string]string{"target": listener.Addr().String()}}
	go func() {
		defer close(p.accepted)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.accepted <- conn
		}
	}()
	t.Cleanup(p.exhausted) // after the gateway has ended
	t.Cleanup(func() { listener.Close() })
	g := p.setup(archive).start(t)
	_, p.bound["port"], _ = net.SplitHostPort(g.address)
	p.client = newSide(g.dial())
	return p
}

func newSide(conn net.Conn) *side {
	conn.SetDeadline(time.Now().Add(patience))
	return &side{Conn: conn}
}

func (p *play) setup(archive *txtar.Archive) setup {
	s := setup{target: "http://{target}/api"}
	fields := map[string]*string{"target": &s.target, "base": &s.base, "within": &s.within, "proxy": &s.proxy, "gateway": &s.gateway}
	if len(archive.Files) > 0 && archive.Files[0].Name == "setup" {
		for line := range strings.Lines(string(archive.Files[0].Data)) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			if fields[key] == nil {
				p.t.Fatalf("no setting %q", key)
			}
			*fields[key] = strings.ReplaceAll(value, `\n`, "\n")
		}
		archive.Files = archive.Files[1:]
	}
	s.target = strings.Replace(s.target, "{target}", p.bound["target"], 1)
	return s
}

func (p *play) play(steps []txtar.File) {
	for i, step := range steps {
		if err := p.step(step.Name, p.bytes(step.Data)); err != nil {
			p.t.Fatalf("step %d, %s: %v", i+1, step.Name, err)
		}
	}
	if p.client.Conn != nil {
		p.client.Conn.(*caller).closeWrite()
		if err := p.client.silent(); err != nil {
			p.t.Errorf("after the last step, the client: %v", err)
		}
	}
}

func (p *play) step(name, text string) error {
	who, does, _ := strings.Cut(name, " ")
	s := p.client
	if who == "target" {
		if s = p.target; s == nil || s.Conn == nil {
			if s = p.accept(); s == nil {
				return fmt.Errorf("the gateway did not connect")
			}
			p.target = s
		}
	}
	switch does {
	case "":
		_, err := io.WriteString(s, text)
		return err
	case "receives":
		return p.expect(s, text)
	case "ends":
		return s.closeWrite()
	case "closes":
		defer func() { s.Conn = nil }()
		return s.Close()
	case "sees end":
		defer func() { s.Conn = nil }()
		return s.silent()
	}
	return fmt.Errorf("no such step")
}

func (p *play) accept() *side {
	select {
	case conn := <-p.accepted:
		if conn == nil {
			return nil
		}
		return newSide(conn)
	case <-time.After(patience):
		return nil
	}
}

// exhausted checks that the target was sent nothing that the case does not tell.
func (p *play) exhausted() {
	if p.target != nil && p.target.Conn != nil {
		if err := p.target.silent(); err != nil {
			p.t.Errorf("after the last step, the target: %v", err)
		}
	}
	for conn := range p.accepted {
		p.t.Error("the target was connected to once too often")
		conn.Close()
	}
}

// silent reads to the end of the connection, which must come before anything else.
func (s *side) silent() error {
	for s.end == nil {
		s.more()
	}
	if len(s.got) > 0 || s.end != io.EOF {
		return fmt.Errorf("received %q, then %v; want the end", s.got, s.end)
	}
	return s.Close()
}

func (s *side) closeWrite() error {
	if c, ok := s.Conn.(*caller); ok {
		return c.Conn.(*net.TCPConn).CloseWrite()
	}
	return s.Conn.(*net.TCPConn).CloseWrite()
}

func (s *side) more() {
	buf := make([]byte, 64<<10)
	n, err := s.Read(buf)
	s.got, s.end = append(s.got, buf[:n]...), err
}

// expect reads until text has come, or something else.
func (p *play) expect(s *side, text string) error {
	for {
		n, complete, matches := p.match(s.got, text)
		switch {
		case matches && complete:
			s.got = s.got[n:]
			return nil
		case !matches, s.end != nil:
			return fmt.Errorf("then %v\n%s", s.end, cmp.Diff(strings.SplitAfter(text, "\r\n"), strings.SplitAfter(string(s.got), "\r\n")))
		}
		s.more()
	}
}

// varying are the placeholders for what differs from run to run.
var varying = map[string]*regexp.Regexp{
	"id":    regexp.MustCompile(`^mp1-12575-[0-9]+-[0-9]+`),
	"trace": regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]`),
	"span":  regexp.MustCompile(`^[0-9a-f]{16}`),
	"date":  regexp.MustCompile(`^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT`),
}

var placeholder = regexp.MustCompile(`\{(id|trace|span|date)([0-9]?)\}`)

// match compares got with the beginning of text. It is complete when all of text was there.
func (p *play) match(got []byte, text string) (n int, complete, matches bool) {
	for {
		literal := text
		at := placeholder.FindStringSubmatchIndex(text)
		if at != nil {
			literal = text[:at[0]]
		}
		rest := got[n:]
		if !bytes.HasPrefix(rest, []byte(literal)) {
			return 0, false, strings.HasPrefix(literal, string(rest))
		}
		n += len(literal)
		if at == nil {
			return n, true, true
		}
		name, kind := text[at[0]:at[1]], text[at[2]:at[3]]
		text = text[at[1]:]
		value := string(varying[kind].Find(got[n:]))
		switch known := p.bound[name]; {
		case value == "":
			return 0, false, len(got[n:]) < 64
		case known == "" && at[4] < at[5]:
			p.bound[name] = value
		case known != "" && known != value:
			return 0, false, strings.HasPrefix(known, value) && n+len(value) == len(got)
		}
		n += len(value)
	}
}

// tail is what every request to the target ends in.
const tail = "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: {port}\r\n" +
	"traceparent: {trace}\r\nX-Apigee-Message-ID: {id}\r\n"

// bytes renders a section as it is on the wire.
func (p *play) bytes(data []byte) string {
	var text strings.Builder
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		end := "\r\n"
		if before, found := strings.CutSuffix(line, `\`); found && !strings.HasSuffix(before, `\`) {
			line, end = before, ""
		}
		unquoted, err := strconv.Unquote(`"` + strings.ReplaceAll(line, `"`, `\"`) + `"`)
		check(p.t, err)
		text.WriteString(unquoted + end)
	}
	whole := strings.ReplaceAll(text.String(), "{tail}\r\n", tail)
	return strings.NewReplacer("{target}", p.bound["target"], "{port}", p.bound["port"]).Replace(whole)
}

// TestWireCasesSayWhatTheyAreAbout keeps the files readable.
func TestWireCasesSayWhatTheyAreAbout(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*")
	check(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		check(t, err)
		if first, _, _ := strings.Cut(string(data), "\n"); !strings.HasSuffix(file, ".txt") || len(first) < 20 || strings.HasPrefix(first, "-- ") {
			t.Errorf("%s does not begin with a sentence", file)
		}
	}
}
