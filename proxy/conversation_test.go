package proxy

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"
	"time"
)

// conversation is a random sequence of requests over one connection, pipelined and cut into random pieces, and of answers in
// every framing. Both sides know what to expect from the seed alone: if one byte of a message were taken for part of another,
// they would notice.
type conversation struct {
	t      *testing.T
	seed   int64
	length int
}

// message is what is random about one request or answer.
type message struct {
	*rand.Rand
	body string
}

func (c conversation) message(kind string, i int) message {
	r := rand.New(rand.NewSource(c.seed*1_000_003 + int64(i)*31 + int64(len(kind))))
	body := make([]byte, []int{0, 1, 100, 5000, 70000}[r.Intn(5)])
	for j := range body {
		body[j] = "GET /v1/orders/smuggled HTTP/1.1\r\nHost: gw\r\n\r\n0\r\n\r\n"[(j+i)%51]
	}
	return message{r, string(body)}
}

// chunked splits the body into chunks of random sizes, with an extension now and then.
func (m message) chunked() string {
	var b strings.Builder
	for rest := m.body; rest != ""; {
		n := min(1+m.Intn(9000), len(rest))
		extension := []string{"", ";a", " ; b=\"c\""}[m.Intn(3)]
		fmt.Fprintf(&b, "%x%s\r\n%s\r\n", n, extension, rest[:n])
		rest = rest[n:]
	}
	return b.String() + "0\r\n\r\n"
}

func (m message) request(i int) (method, text string) {
	switch m.Intn(4) {
	case 0:
		return "GET", fmt.Sprintf("GET /v1/orders/%d HTTP/1.1\r\nHost: gw\r\n\r\n", i)
	case 1:
		return "HEAD", fmt.Sprintf("HEAD /v1/orders/%d HTTP/1.1\r\nHost: gw\r\n\r\n", i)
	case 2:
		return "POST", fmt.Sprintf("POST /v1/orders/%d HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n%s", i, len(m.body), m.body)
	}
	return "PUT", fmt.Sprintf("PUT /v1/orders/%d HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n%s", i, m.chunked())
}

// answer is the text of an answer that carries what the target has received, and whether the target then closes.
func (m message) answer(method, received string) (text string, closes bool) {
	head := []string{"", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"}[m.Intn(2)] + "HTTP/1.1 200 OK\r\nX-Received: " + received + "\r\n"
	if m.Intn(8) == 0 {
		head, closes = head+"Connection: close\r\n", true
	}
	switch kind := m.Intn(3); {
	case method == "HEAD":
		return head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(m.body)), closes
	case kind == 0:
		return head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(m.body), m.body), closes
	case kind == 1:
		return head + "Transfer-Encoding: chunked\r\n\r\n" + m.chunked(), closes
	}
	return head + "\r\n" + m.body, true
}

// pieces writes text in random pieces, some of them in packets of their own.
func (m message) pieces(w io.Writer, text string) {
	for text != "" {
		n := min(1+m.Intn(20000), len(text))
		if _, err := io.WriteString(w, text[:n]); err != nil {
			return
		}
		if text = text[n:]; m.Intn(4) == 0 {
			time.Sleep(50 * time.Microsecond)
		}
	}
}

// target answers what it is asked, as often as the connection may be used.
func (c conversation) target(p *peer) {
	for {
		r, body, err := p.request()
		if err != nil {
			return
		}
		var i int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &i); err != nil {
			c.t.Errorf("seed %d: the target was asked for %s", c.seed, r.URL)
			return
		}
		m := c.message("answer", i)
		text, closes := m.answer(r.Method, fmt.Sprintf("%s %d %x", r.Method, i, sha256.Sum256([]byte(body))))
		m.pieces(p, text)
		if closes {
			return
		}
	}
}

// hold asks everything and checks the answers.
func (c conversation) hold(g *gateway) {
	client := g.dial()
	defer client.Close()
	client.SetDeadline(time.Now().Add(3 * patience))
	var all strings.Builder
	var methods []string
	for i := range c.length {
		method, text := c.message("request", i).request(i)
		methods = append(methods, method)
		all.WriteString(text)
	}
	go c.message("pieces", 0).pieces(client, all.String())
	for i, method := range methods {
		a, err := client.tryReceive(method)
		for err == nil && a.StatusCode == 103 {
			a, err = client.tryReceive(method)
		}
		sent, want := "", c.message("answer", i).body
		if method == "POST" || method == "PUT" {
			sent = c.message("request", i).body
		}
		if method == "HEAD" {
			want = ""
		}
		received := fmt.Sprintf("%s %d %x", method, i, sha256.Sum256([]byte(sent)))
		if err != nil {
			c.t.Errorf("seed %d, exchange %d, %s: %v", c.seed, i, method, err)
			return
		}
		if got := a.Header.Get("X-Received"); a.StatusCode != 200 || got != received || a.body != want {
			c.t.Errorf("seed %d, exchange %d: answered %s %.200q, %d bytes; want %d bytes\nreceived %s\nwant %s",
				c.seed, i, a.Status, a.body, len(a.body), len(want), got, received)
			return
		}
	}
}

func TestConversationsAreNeverOutOfStep(t *testing.T) {
	for _, within := range []string{"", "streaming: {request: true},", "streaming: {response: true},", streamed} {
		for seed := range int64(8) {
			t.Run(fmt.Sprintf("%s%d", within, seed), func(t *testing.T) {
				t.Parallel()
				c := conversation{t: t, seed: seed, length: 40}
				c.hold(setup{target: serve(t, c.target).url(), within: within}.start(t))
			})
		}
	}
}
