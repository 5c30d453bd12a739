package proxy

import (
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"message-processor/config"
	"message-processor/proxy/wire"
	"message-processor/tracing"
)

// state is everything a request is served with. It never changes: a reload
// makes a new one.
type state struct {
	config         *config.Gateway
	routes         *routes
	log            zerolog.Logger
	requestLimits  wire.Limits
	responseLimits wire.Limits
	sampling       tracing.Sampling
	clientsBound   string // the bound of client connections, for people
	noRevision     string // X-Apigee-fault-revision where no proxy was found
}

// newState makes the state that follows earlier, which is nil at the start.
func (gateway *Gateway) newState(g *config.Gateway, earlier *state) *state {
	s := &state{
		config:         g,
		log:            gateway.log.Level(level(g.SystemLog.Level)),
		requestLimits:  wire.Limits{Line: g.Limits.RequestLine, Headers: g.Limits.RequestHeaders},
		responseLimits: wire.Limits{Line: g.Limits.ResponseLine, Headers: g.Limits.ResponseHeaders},
		clientsBound:   fmt.Sprintf("%d client connections", g.Limits.ClientConnections),
		sampling:       tracing.Sampling{Ratio: g.Tracing.SampleRatio},
		noRevision:     revisionPath(g.Organization, g.Environment, "null", 0),
	}
	if gateway.sampling != nil {
		s.sampling = *gateway.sampling
	}
	var before *routes
	if earlier != nil {
		before = earlier.routes
	}
	s.routes = newRoutes(g, before, &s.log)
	return s
}

// level is zerolog's name of a level that config has checked.
func level(name string) zerolog.Level {
	l, err := zerolog.ParseLevel(name)
	if err != nil {
		return zerolog.InfoLevel
	}
	return l
}

// clientIO is the I/O timeout toward clients: the original uses one timer for
// both sides (timeouts-and-properties.md section 1).
func (s *state) clientIO() time.Duration { return s.config.Defaults.IO }
