package proxy

import (
	"context"
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
func startMonitors(r *routes, dialer *channel.Dialer) *monitors {
	ctx, cancel := context.WithCancel(context.Background())
	m := &monitors{cancel: cancel}
	for _, route := range r.byBasePath {
		if route.balancer == nil || route.balancer.config.Monitor == nil {
			continue
		}
		for _, s := range route.balancer.servers {
			check := newHealthCheck(route, s, dialer)
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
	t.Timeouts.Connect, t.Timeouts.Handshake = monitor.ConnectTimeout, monitor.ConnectTimeout
	if monitor.HTTP != nil {
		t.Timeouts.IO = monitor.HTTP.ReadTimeout
	}
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
		switch err := h.ask(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			h.balancer.failed(h.server, &h.server.ailing)
		default:
			h.balancer.recovered(h.server)
		}
	}
}

// ask opens a connection of its own, so that the monitor sees what a new
// request would see.
func (h *healthCheck) ask(ctx context.Context) error {
	connecting, cancel := h.target.ConnectContext(ctx, time.Time{})
	defer cancel()
	addresses, err := h.dialer.Lookup(connecting, h.target)
	if err != nil {
		return err
	}
	ch, err := h.dialer.Dial(connecting, h.target, addresses)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, ch.Close)()
	defer ch.Close()
	if err := ch.Handshake(time.Time{}); err != nil || h.config.HTTP == nil {
		return err
	}
	return h.request(ch)
}

func (h *healthCheck) request(ch *channel.Channel) error {
	http := h.config.HTTP
	ch.Use(time.Now().Add(http.ReadTimeout))
	head := http.Method + " " + http.Path + " HTTP/1.1\r\nHost: " + h.server.host +
		"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
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
