package lab

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strconv"
)

const (
	// maxHead is what a request head may hold: above the gateway's own limits for line and header fields together.
	maxHead = 64 << 10
	// maxBody is how much of a request body is read and forgotten.
	maxBody = 1 << 30
)

// exchange is one request and its answer on a connection of listenExchanges.
type exchange struct {
	ctx     context.Context // done when the lab closes
	raw     *link
	conn    *tls.Conn
	left    *io.LimitedReader // under in: what this request may still bring
	in      *bufio.Reader
	request *http.Request
	served  int // requests before this one
}

// readHead reads the next request's head. Its Body is not read yet.
func (x *exchange) readHead() error {
	if x.request != nil {
		x.served++
		x.raw.rest()
	}
	x.left.N = maxHead
	if _, err := x.in.Peek(1); err != nil {
		return err
	}
	x.raw.work()
	request, err := http.ReadRequest(x.in)
	x.left.N = maxBody
	x.request = request
	return err
}

func (x *exchange) readBody() error {
	_, err := io.Copy(io.Discard, x.request.Body)
	return err
}

// say writes text as it is.
func (x *exchange) say(text string) bool {
	_, err := io.WriteString(x.conn, text)
	return err == nil
}

// answer writes a complete response: head is the status line and fields so far, each with its CRLF. To HEAD the body is
// announced and left out (RFC 9110 section 9.3.2).
func (x *exchange) answer(head, body string) bool {
	head += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	if x.request.Method == http.MethodHead {
		body = ""
	}
	return x.say(head + body)
}
