package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// reply is an answer of the gateway, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
	took   time.Duration // from before the connect to the last byte
}

func (r reply) id() string { return r.header.Get("X-Apigee-Message-ID") }

// get asks for a URL on a connection of its own.
func get(url string) (reply, error) { return send(http.MethodGet, url, nil) }

func send(method, url string, body io.Reader) (reply, error) {
	return sendOn(&http.Transport{DisableCompression: true, DisableKeepAlives: true}, method, url, body)
}

// getTwice asks twice on the same connection and returns both answers.
func getTwice(url string) (first, second reply, err error) {
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	if first, err = sendOn(transport, http.MethodGet, url, nil); err == nil {
		second, err = sendOn(transport, http.MethodGet, url, nil)
	}
	return first, second, err
}

func sendOn(transport *http.Transport, method, url string, body io.Reader) (reply, error) {
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		return reply{}, err
	}
	client := &http.Client{Transport: transport, Timeout: 3 * time.Minute}
	began := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(content), time.Since(began)}, err
}

func mustGet(t *testing.T, url string) reply {
	t.Helper()
	r, err := get(url)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// later asks in the background; the channel gives the answer.
func later(url string) <-chan result {
	done := make(chan result, 1)
	go func() {
		r, err := get(url)
		done <- result{r, err}
	}()
	return done
}

type result struct {
	reply
	err error
}

// keepAlive is a client that sends one request after the other on the same connection, and never twice: what the
// gateway loses is seen.
type keepAlive struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
}

// do sends one request. A connection that the gateway announced to close is replaced before the next one.
func (k *keepAlive) do(path string) (int, error) {
	if k.conn == nil {
		conn, err := net.Dial("tcp", k.address)
		if err != nil {
			return 0, err
		}
		k.conn, k.in = conn, bufio.NewReader(conn)
	}
	k.conn.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(k.conn, "GET %s HTTP/1.1\r\nHost: gateway\r\n\r\n", path); err != nil {
		return 0, fmt.Errorf("sending: %w", err)
	}
	response, err := http.ReadResponse(k.in, nil)
	if err != nil {
		return 0, fmt.Errorf("no answer: %w", err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, fmt.Errorf("half an answer: %w", err)
	}
	if response.Close {
		k.close()
	}
	return response.StatusCode, nil
}

func (k *keepAlive) close() {
	if k.conn != nil {
		k.conn.Close()
		k.conn = nil
	}
}

func hostOf(url string) string { return strings.TrimPrefix(url, "http://") }
