package proxy

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"message-processor/config"
	"message-processor/proxy/channel"
	"message-processor/proxy/wire"
)

// monitors are the health monitors of one state. They end with it.
type monitors struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// startMonitors begins to ask the servers of every balancer that has a monitor.
func startMonitors(s *state, dialer *channel.Dialer) *monitors {
	ctx, cancel := context.WithCancel(context.Background())
	m := &monitors{cancel: cancel}
	for _, route := range s.routes.byBasePath {
		if route.balancer == nil || route.balancer.config.Monitor == nil {
			continue
		}
		for _, server := range route.balancer.servers {
			check := newHealthCheck(route, server, dialer)
			m.running.Go(func() { check.run(ctx) })
		}
	}
	return m
}

func (m *monitors) stop() {
	m.cancel()
	m.running.Wait()
}

// healthCheck asks one server at an interval how it is: whether it takes a
// connection (TCPMonitor), or answers a request as expected (HTTPMonitor).
type healthCheck struct {
	balancer *balancer
	server   *server
	target   *channel.Target
	config   config.HealthMonitor
	dialer   *channel.Dialer
}

func newHealthCheck(r *route, s *server, dialer *channel.Dialer) *healthCheck {
	monitor := *r.balancer.config.Monitor
	t := r.proxy.Target
	t.Timeouts = config.Timeouts{} // each step is given its deadline
	port := s.target.Port()
	if monitor.Port != 0 {
		port = monitor.Port
	}
	i := slices.IndexFunc(t.Servers, func(c config.Server) bool { return c.Name == s.name })
	return &healthCheck{balancer: r.balancer, server: s, config: monitor, dialer: dialer,
		target: newTarget(t, s.target.Host(), port, t.Servers[i].TLS)}
}

func (h *healthCheck) run(ctx context.Context) {
	tick := time.NewTicker(h.config.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := h.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		h.conclude(err)
	}
}

// conclude counts how a check ended.
func (h *healthCheck) conclude(err error) {
	var failed *channel.Error
	switch {
	case err == nil:
		h.balancer.recovered(h.server)
	case errors.As(err, &failed) && h.server.proxyIsOut(failed): // nothing is known of the server
	default:
		h.balancer.failed(h.server, &h.server.ailing)
	}
}

// ask opens a connection of its own, so that the monitor sees what a new
// request would see.
func (h *healthCheck) ask(ctx context.Context) error {
	deadline := time.Now().Add(h.config.ConnectTimeout)
	ch, err := h.connect(ctx, deadline)
	if err != nil {
		return err
	}
	defer ch.Close()
	defer context.AfterFunc(ctx, ch.Close)()
	if err := ch.Tunnel(deadline); err != nil || h.config.HTTP == nil {
		return err
	}
	if err := ch.Handshake(deadline); err != nil {
		return err
	}
	return h.request(ch)
}

func (h *healthCheck) connect(ctx context.Context, deadline time.Time) (*channel.Channel, error) {
	ctx, cancel := h.target.ConnectContext(ctx, deadline)
	defer cancel()
	addresses, err := h.dialer.Lookup(ctx, h.target)
	if err != nil {
		return nil, err
	}
	return h.dialer.Dial(ctx, h.target, addresses)
}

func (h *healthCheck) request(ch *channel.Channel) error {
	http := h.config.HTTP
	relay := newRelay(h.target, hostField(h.target.Host(), h.target.Port(), h.target.Secure()))
	ch.Use(time.Now().Add(http.ReadTimeout))
	head := http.Method + " " + relay.origin + http.Path + " HTTP/1.1\r\nHost: " + h.server.host +
		"\r\nContent-Length: 0\r\nConnection: close\r\n" + relay.credentials + "\r\n"
	if _, err := ch.Write([]byte(head)); err != nil {
		return err
	}
	var answer wire.Response
	for range maxInterim {
		if err := ch.ReadResponse(&answer, []byte(http.Method), healthLimits); err != nil {
			return err
		}
		if answer.Status >= 200 {
			break
		}
	}
	if !slices.Contains(http.SuccessCodes, answer.Status) {
		return badResponse("not the status of a healthy server")
	}
	return nil
}

var healthLimits = wire.Limits{Line: 2048, Headers: 25600}
