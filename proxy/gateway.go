package proxy

import (
	"context"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"message-processor/config"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

// Options is what a Gateway is made of besides its configuration.
type Options struct {
	Host      string // this machine's name, for message ids
	PID       int
	Log       zerolog.Logger     // writes system.log; the level comes from the configuration
	Observers []tracing.Observer // see every finished record, after system.log
	Dialer    *channel.Dialer    // how targets are reached; nil is the network
	Sampling  *tracing.Sampling  // of the environment; nil: the configuration's sample_ratio decides
}

// Idle connections kept to one target beyond which further ones are closed.
const maxIdlePerTarget = 512

// Numbers of the original's selector threads, as system.log shows them.
const threads = 16

// Gateway relays requests to targets. Create it with New, let it Serve a
// listener, end it with Shutdown.
type Gateway struct {
	state    atomic.Pointer[state]
	sampling *tracing.Sampling // stands above the configuration's, if there
	log      zerolog.Logger
	recorder *tracing.Recorder
	dialer   *channel.Dialer
	pool     *channel.Pool
	door     *door
	port     string // of the listener, for X-Forwarded-Port
	buffers  sync.Pool
	rooms    rooms
	codings  decoders
	draining atomic.Bool
	monitors *monitors    // of the state in force
	buffered atomic.Int64 // bytes of bodies beyond what connections keep

	connections *connections // of clients
}

// New returns a Gateway that serves the given configuration.
func New(g *config.Gateway, o Options) *Gateway {
	gateway := &Gateway{
		log: o.Log, sampling: o.Sampling, dialer: o.Dialer, pool: channel.NewPool(maxIdlePerTarget),
		connections: newConnections(),
	}
	if gateway.dialer == nil {
		gateway.dialer = new(channel.Dialer)
	}
	gateway.buffers.New = func() any { return new(streamBuffer) }
	observers := append([]tracing.Observer{tracing.SystemLog(gateway.currentLog)}, o.Observers...)
	gateway.recorder = tracing.NewRecorder(o.Host, o.PID, time.Now(), threads, observers...)
	gateway.state.Store(gateway.newState(g, nil))
	gateway.monitors = startMonitors(gateway.state.Load(), gateway.dialer)
	gateway.door = newDoor(gateway)
	return gateway
}

// Serve accepts client connections until Shutdown, and returns what ended it:
// nil after a Shutdown.
func (g *Gateway) Serve(l net.Listener) error {
	if tcp, ok := l.Addr().(*net.TCPAddr); ok {
		g.port = strconv.Itoa(tcp.Port)
	}
	return g.door.serve(l)
}

// Reload serves every request that begins from now on with another
// configuration. It is not to be called by two goroutines at a time, nor
// together with Shutdown. Requests under way are not touched; idle connections to
// targets that are gone are closed. Listeners are not changed.
func (g *Gateway) Reload(c *config.Gateway) {
	g.monitors.stop() // before the next state copies what they know
	next := g.newState(c, g.state.Load())
	g.state.Store(next)
	g.monitors = startMonitors(next, g.dialer)
	keys := make(map[string]bool, len(next.routes.byBasePath))
	for _, r := range next.routes.byBasePath {
		for _, s := range r.servers() {
			keys[s.target.Key()] = true
		}
	}
	g.pool.Retain(keys)
}

// Config is the configuration in force.
func (g *Gateway) Config() *config.Gateway { return g.state.Load().config }

func (g *Gateway) currentLog() *zerolog.Logger { return &g.state.Load().log }

// Draining tells whether Shutdown has begun.
func (g *Gateway) Draining() bool { return g.draining.Load() }

// Shutdown stops accepting, lets what is under way finish, and closes what is
// idle. When ctx ends first, the connections that are left are closed and its
// error is returned.
func (g *Gateway) Shutdown(ctx context.Context) error {
	g.draining.Store(true)
	g.door.close()
	finished := g.connections.drain()
	defer g.pool.Close()
	g.monitors.stop()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		g.connections.cut()
		return ctx.Err()
	}
}

// Clients counts the client connections that are open.
func (g *Gateway) Clients() int { return g.connections.count() }

// Active counts the requests that are under way.
func (g *Gateway) Active() int { return g.recorder.Active() }

// Channels counts what became of the connections to targets.
func (g *Gateway) Channels() channel.Counts { return g.dialer.Counts() }

// Pool counts what the idle connections to targets did.
func (g *Gateway) Pool() channel.Stats { return g.pool.Stats() }
