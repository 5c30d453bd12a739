package lab

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/valyala/fasthttp"
)

// newFront is the well-behaved HTTP server behind all healthy backends. Pauses of its answers end with ctx.
func newFront(ctx context.Context) *fasthttp.Server {
	return &fasthttp.Server{
		Handler:            func(c *fasthttp.RequestCtx) { route(ctx, c) },
		Name:               "lab",
		Concurrency:        1 << 20,  // the place bounds connections already
		ReadBufferSize:     48 << 10, // one head, above the gateway's own limits and what it adds
		MaxRequestBodySize: 64 << 10, // what is held of a body; the rest streams through
		StreamRequestBody:  true,
		ReadTimeout:        lifetime,
		WriteTimeout:       lifetime,
		IdleTimeout:        lifetime,
		CloseOnShutdown:    true,
		ConnState:          tellLink,

		DisableHeaderNamesNormalizing: true, // the echo shows what was received
		DisablePreParseMultipartForm:  true,
		NoDefaultContentType:          true,
	}
}

// serveHTTP serves conn, which is l or speaks over it. It returns when conn is closed, also when an upgrade took it over.
func serveHTTP(front *fasthttp.Server, l *link, conn net.Conn) {
	c := &closing{Conn: conn, link: l, closed: make(chan struct{})}
	front.ServeConn(c)
	<-c.closed
}

// closing tells when the connection is closed: ServeConn does not wait for an upgraded one.
type closing struct {
	net.Conn
	link   *link
	once   sync.Once
	closed chan struct{}
}

func (c *closing) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { close(c.closed) })
	return err
}

// tellLink tells the link between two requests from the time of one.
func tellLink(conn net.Conn, state fasthttp.ConnState) {
	c, ok := conn.(*closing)
	switch {
	case ok && state == fasthttp.StateIdle:
		c.link.rest()
	case ok && state == fasthttp.StateActive:
		c.link.work()
	}
}

// route picks the answer: the WebSocket echo, ?bytes=N, ?sse=N, or else the echo.
func route(ctx context.Context, c *fasthttp.RequestCtx) {
	args := c.QueryArgs()
	switch {
	case wantsWebSocket(c):
		acceptWebSocket(c)
		return // there is no body to read
	case args.Has("bytes"):
		number(c, "bytes", maxBytes, func(n int) { sendBytes(c, n) })
	case args.Has("sse"):
		number(c, "sse", maxEvents, func(n int) { sendEvents(ctx, c, n) })
	default:
		echo(c)
	}
	finishBody(c)
}

// requestBody is the body as it comes, empty when there is none.
func requestBody(c *fasthttp.RequestCtx) io.Reader {
	if s := c.RequestBodyStream(); s != nil {
		return s
	}
	return bytes.NewReader(c.PostBody())
}

// finishBody reads what the answer left of the request body: fasthttp would take it for the next request.
func finishBody(c *fasthttp.RequestCtx) {
	if _, err := io.Copy(io.Discard, requestBody(c)); err != nil {
		c.SetConnectionClose()
	}
}

// number calls answer with the query argument, or refuses one that is no number from 0 to limit.
func number(c *fasthttp.RequestCtx, name string, limit int, answer func(n int)) {
	n, err := c.QueryArgs().GetUint(name)
	if err != nil || n > limit {
		c.Error(name+" is not a number, or too big\n", fasthttp.StatusBadRequest)
		return
	}
	answer(n)
}

// received is the document that healthy answers with.
type received struct {
	Method     string   `json:"method"`
	Path       string   `json:"path"`       // the request-target as it came
	Headers    []string `json:"headers"`    // field lines as they came
	BodyBytes  int64    `json:"body_bytes"` // without the chunked coding
	BodySHA256 string   `json:"body_sha256"`
}

// echo answers with what was received.
func echo(c *fasthttp.RequestCtx) {
	sum := sha256.New()
	n, err := io.Copy(sum, requestBody(c))
	if err != nil {
		c.Error("the request body is broken\n", fasthttp.StatusBadRequest)
		c.SetConnectionClose()
		return
	}
	doc, _ := json.Marshal(received{ // strings and numbers always marshal
		Method:     string(c.Method()),
		Path:       string(c.Request.Header.RequestURI()),
		Headers:    strings.Split(strings.TrimRight(string(c.Request.Header.RawHeaders()), "\r\n"), "\r\n"),
		BodyBytes:  n,
		BodySHA256: hex.EncodeToString(sum.Sum(nil)),
	})
	c.SetContentType("application/json")
	c.SetBody(append(doc, '\n'))
}
