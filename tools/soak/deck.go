package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"

	"message-processor/faults"
	"message-processor/faults/lab"
)

// card is one way to go wrong. want are the faults that it may end in; none: all is well after all.
type card struct {
	kind string
	want []faults.ID
	play func(ctx context.Context, g *gateway, hear func(status int, h http.Header)) error
}

// faultClients play cards at the same time. Most of them wait for a timer.
const faultClients = 16

// deck lists every fault that a request can bring about here: by the backends of the lab, by its scripted clients, and by
// settings of the gateway.
func (s *soak) deck() []card {
	var all []card
	for _, b := range s.around.faults.backends {
		if fronted(b) {
			all = append(all, byBackend(b))
		}
	}
	for _, c := range lab.Clients() {
		all = append(all, byClient(c))
	}
	for _, c := range []struct {
		path string
		want faults.ID
	}{
		{"/lab/proxy-refuses-tunnel", faults.ProxyTunnelCreationFailed},
		{"/slow-call", faults.APITimedOut}, {"/no-path", faults.EmptyPath},
		{"/no-path-but-a-query", faults.BadPath}, {"/by-name", faults.SSLHostnameMismatchDNS},
	} {
		all = append(all, card{kind: "setting " + c.path, want: []faults.ID{c.want}, play: getting(c.path)})
	}
	return append(all, card{kind: "setting /one-place", want: []faults.ID{faults.Overloaded, faults.GatewayTimeoutTargetIO},
		play: twice(getting("/one-place"))})
}

// byBackend provokes a backend of the lab.
func byBackend(b labBackend) card {
	c := card{kind: "backend " + b.Name, play: getting(faultPath(b.Name))}
	if b.Fault != "" {
		c.want = []faults.ID{faults.ID(b.Fault)}
	}
	switch b.Name {
	case "broken-pipe": // it takes a body to break
		c.play = func(ctx context.Context, g *gateway, hear func(int, http.Header)) error {
			return ask(ctx, http.MethodPost, g, faultPath(b.Name), strings.NewReader(strings.Repeat("x", 2_000_000)), hear)
		}
	case "stale-keepalive": // well until a connection is used again
		c.want = append(c.want, "")
	case "all-servers-down": // the first request after a reload finds out
		c.want = append(c.want, faults.TargetConnectionRefused)
	}
	return c
}

// byClient lets a scripted client of the lab send its request.
func byClient(c lab.Client) card {
	path := "/tls"
	if c.Fault == string(faults.Router499) {
		path = faultPath("response-silent")
	}
	return card{kind: "client " + c.Name, want: []faults.ID{faults.ID(c.Fault)},
		play: func(ctx context.Context, g *gateway, hear func(int, http.Header)) error {
			a, err := c.Send(ctx, g.traffic, path)
			if err == nil && !a.Left {
				hear(a.Status, a.Header)
			}
			return err
		}}
}

// getting asks for a path over a connection of its own.
func getting(path string) func(context.Context, *gateway, func(int, http.Header)) error {
	return func(ctx context.Context, g *gateway, hear func(int, http.Header)) error {
		return ask(ctx, http.MethodGet, g, path, nil, hear)
	}
}

func ask(ctx context.Context, method string, g *gateway, path string, body io.Reader, hear func(int, http.Header)) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+g.traffic+path, body)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err = io.Copy(io.Discard, response.Body); err != nil {
		return fmt.Errorf("%d, then %w", response.StatusCode, err)
	}
	hear(response.StatusCode, response.Header)
	return nil
}

// twice plays at the same time.
func twice(play func(context.Context, *gateway, func(int, http.Header)) error) func(context.Context, *gateway, func(int, http.Header)) error {
	return func(ctx context.Context, g *gateway, hear func(int, http.Header)) error {
		other := make(chan error, 1)
		go func() { other <- play(ctx, g, hear) }()
		return errors.Join(play(ctx, g, hear), <-other)
	}
}

// faulty plays the deck in random order, again and again, until the context ends.
func (s *soak) faulty(ctx context.Context) {
	cards := make(chan card)
	var all sync.WaitGroup
	for i := range faultClients {
		random := s.random(1000 + uint64(i))
		all.Go(func() {
			for c := range cards {
				s.draw(c, s.gateways[random.IntN(len(s.gateways))])
			}
		})
	}
	random, deck := s.random(999), s.deck()
	for shuffle(random, deck); ; shuffle(random, deck) {
		for _, c := range deck {
			select {
			case cards <- c:
			case <-ctx.Done():
				close(cards)
				all.Wait()
				return
			}
		}
	}
}

func shuffle(r *rand.Rand, deck []card) {
	r.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
}

// draw plays one card to its end and judges the answers.
func (s *soak) draw(c card, g *gateway) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.ledger.sent(c.kind)
	answers := 0
	var mutex sync.Mutex
	err := c.play(ctx, g, func(status int, h http.Header) {
		mutex.Lock()
		defer mutex.Unlock()
		answers++
		s.ledger.heard(c.kind, status, h)
		if !c.expects(status, h.Get("X-Apigee-fault-code")) {
			s.ledger.wrongly(c.kind, fmt.Sprintf("%s %d %s, want %v", h.Get("X-Apigee-Message-ID"), status, h.Get("X-Apigee-fault-code"), c.want))
		}
	})
	switch {
	case err != nil:
		s.ledger.wrongly(c.kind, err.Error())
	case answers == 0:
		s.ledger.leftOn(c.kind)
	}
}

// expects tells whether an answer is one of those that the card may get.
func (c card) expects(status int, code string) bool {
	if len(c.want) == 0 {
		return status == http.StatusOK && code == ""
	}
	return slices.ContainsFunc(c.want, func(id faults.ID) bool {
		if id == "" {
			return status == http.StatusOK && code == ""
		}
		f, _ := faults.Find(id)
		return (status == f.Status || f.Status == 0 && status >= 400) && code == cmp.Or(f.TraceCode, string(id))
	})
}
