package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	maxAnswer = 1 << 20 // bytes of an answer, head and body
	maxDial   = 10 * time.Second
)

// Answer is what a scripted client got.
type Answer struct {
	Status int
	Line   string // the status line
	Header http.Header
	Body   []byte
	Left   bool // the client closed before any byte of an answer came, as its script says
}

// Send plays the client's script to the gateway at address (host:port, plain HTTP) and reads the answer. path is the path
// to ask for, "" for the client's own. It takes until the answer is complete, the script leaves, or ctx ends.
func (c Client) Send(ctx context.Context, address, path string) (Answer, error) {
	if path == "" || c.Fixed {
		path = c.Path
	}
	conn, err := (&net.Dialer{Timeout: maxDial}).DialContext(ctx, "tcp", address)
	if err != nil {
		return Answer{}, err
	}
	written := make(chan struct{})
	defer func() { conn.Close(); <-written }()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if c.leaves > 0 {
		conn.SetReadDeadline(time.Now().Add(c.leaves))
	}
	// Answers may come in the middle of a body. What goes wrong with writing the rest, the reader finds out too.
	go func() { io.WriteString(conn, c.text(path, address)); close(written) }()
	a, err := readAnswer(conn)
	switch {
	case ctx.Err() != nil:
		return Answer{}, fmt.Errorf("no answer: %w", context.Cause(ctx))
	case c.leaves > 0 && errors.Is(err, os.ErrDeadlineExceeded):
		return Answer{Left: true}, nil
	}
	return a, err
}

// readAnswer reads one response that is no interim one.
func readAnswer(conn io.Reader) (Answer, error) {
	in := bufio.NewReader(io.LimitReader(conn, maxAnswer))
	for {
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return Answer{}, fmt.Errorf("no answer: %w", err)
		}
		if response.StatusCode < 200 && response.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		body, err := io.ReadAll(response.Body)
		a := Answer{Status: response.StatusCode, Header: response.Header, Body: body,
			Line: strings.TrimSpace(response.Proto + " " + response.Status)}
		if err != nil {
			return a, fmt.Errorf("half an answer: %w", err)
		}
		return a, nil
	}
}
