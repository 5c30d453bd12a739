package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// healthyClients are the connections that the healthy requests come over.
const healthyClients = 32

// wish is a healthy request and how to tell that its answer is right.
type wish struct {
	kind    string
	request func(r *rand.Rand, base string) (*http.Request, func(body []byte) error)
	bulk    bool // the time it takes is about its size
}

// wishes is the healthy traffic. Each is as frequent as the others.
var wishes = []wish{
	{kind: "GET, TLS backend", request: getEcho},
	{kind: "GET, plain backend", request: getText},
	{kind: "POST with Content-Length, plain backend", request: postText},
	{kind: "POST in chunks, plain backend", request: postChunks},
	{kind: "POST in chunks, TLS backend", request: postEcho},
	{kind: "200 kB streamed, TLS backend", request: getStream, bulk: true},
}

// keptIdle is how long a client keeps a connection that it has no request for: well below the gateway's 55 seconds for a
// first head and 60 between requests. A POST that meets the end of its connection cannot be repeated (RFC 9112 section 9.3.1).
const keptIdle = 20 * time.Second

// healthy sends healthy requests at a rate, spread over the gateways, until the context ends. A request that has begun is
// finished. series says which series of timings the moment belongs to; "" for none.
func (s *soak) healthy(ctx context.Context, series string) {
	transport := &http.Transport{MaxIdleConnsPerHost: healthyClients, IdleConnTimeout: keptIdle}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: patience}
	every := time.Duration(healthyClients) * time.Second / time.Duration(s.options.rate)
	var all sync.WaitGroup
	for i := range healthyClients {
		random := s.random(uint64(i))
		all.Go(func() {
			next := time.Now().Add(time.Duration(random.Int64N(int64(every))))
			for pause(ctx, time.Until(next)) == nil {
				next = next.Add(every)
				if late := time.Now(); next.Before(late) { // no burst after a stall
					next = late
				}
				s.grant(client, wishes[random.IntN(len(wishes))], random, series)
			}
		})
	}
	all.Wait()
}

// grant sends one request and judges its answer.
func (s *soak) grant(client *http.Client, w wish, random *rand.Rand, series string) {
	g := s.gateways[random.IntN(len(s.gateways))]
	request, right := w.request(random, "http://"+g.traffic)
	s.ledger.sent(w.kind)
	began := time.Now()
	response, err := client.Do(request)
	if err != nil {
		s.ledger.wrongly(w.kind, err.Error())
		return
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	took := time.Since(began)
	s.ledger.heard(w.kind, response.StatusCode, response.Header)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %s %.100q", response.StatusCode, response.Header.Get("X-Apigee-fault-code"), body)
	}
	if err == nil {
		err = right(body)
	}
	switch {
	case err != nil:
		s.ledger.wrongly(w.kind, response.Header.Get("X-Apigee-Message-ID")+" "+err.Error())
	case series != "" && !w.bulk:
		s.ledger.took(series, took)
	}
}

func newRequest(method, url string, body io.Reader) *http.Request {
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		panic(err) // all of them are written in this file
	}
	return request
}

func sameAs(want string) func([]byte) error {
	return func(body []byte) error {
		if string(body) != want {
			return fmt.Errorf("a body of %d bytes that differs from the %d expected", len(body), len(want))
		}
		return nil
	}
}

func getText(r *rand.Rand, base string) (*http.Request, func([]byte) error) {
	n := 100 + r.IntN(4000)
	return newRequest(http.MethodGet, fmt.Sprintf("%s/plain/text?bytes=%d", base, n), nil), sameAs(text(n))
}

func getStream(_ *rand.Rand, base string) (*http.Request, func([]byte) error) {
	const n = 200_000
	return newRequest(http.MethodGet, fmt.Sprintf("%s/stream?bytes=%d", base, n), nil), func(body []byte) error {
		if len(body) != n {
			return fmt.Errorf("%d bytes of %d", len(body), n)
		}
		return nil
	}
}

func postText(r *rand.Rand, base string) (*http.Request, func([]byte) error) {
	sent := text(1 + r.IntN(30_000))
	return newRequest(http.MethodPost, base+"/plain/post", strings.NewReader(sent)), sameAs(sent)
}

func postChunks(r *rand.Rand, base string) (*http.Request, func([]byte) error) {
	sent := text(1 + r.IntN(30_000))
	return newRequest(http.MethodPost, base+"/plain/post", chunks(sent)), sameAs(sent)
}

// chunks hides from net/http how long a body is.
func chunks(body string) io.Reader { return struct{ io.Reader }{strings.NewReader(body)} }

// echoed is what the lab's healthy backend says that it received.
type echoed struct {
	Method, Path string
	BodySHA256   string `json:"body_sha256"`
}

func getEcho(r *rand.Rand, base string) (*http.Request, func([]byte) error) {
	path := fmt.Sprintf("/number/%d", r.IntN(1000))
	return newRequest(http.MethodGet, base+"/tls"+path, nil), echoes(http.MethodGet, path, "")
}

func postEcho(r *rand.Rand, base string) (*http.Request, func([]byte) error) {
	sent := text(1 + r.IntN(30_000))
	return newRequest(http.MethodPost, base+"/tls/post", chunks(sent)), echoes(http.MethodPost, "/post", sent)
}

func echoes(method, path, sent string) func([]byte) error {
	sum := sha256.Sum256([]byte(sent))
	want := echoed{method, path, hex.EncodeToString(sum[:])}
	return func(body []byte) error {
		var got echoed
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&got); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("the target received %+v, want %+v", got, want)
		}
		return nil
	}
}
