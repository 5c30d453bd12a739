package proxy

import (
	"time"

	"github.com/rs/zerolog"

	"message-processor/config"
	"message-processor/proxy/wire"
)

// state is everything a request is served with. It never changes: a reload
// makes a new one.
type state struct {
	config         *config.Gateway
	routes         *routes
	log            zerolog.Logger
	requestLimits  wire.Limits
	responseLimits wire.Limits
	noRevision     string // X-Apigee-fault-revision where no proxy was found
}

func newState(g *config.Gateway, log zerolog.Logger) *state {
	return &state{
		config:         g,
		routes:         newRoutes(g),
		log:            log.Level(level(g.SystemLog.Level)),
		requestLimits:  wire.Limits{Line: g.Limits.RequestLine, Headers: g.Limits.RequestHeaders},
		responseLimits: wire.Limits{Line: g.Limits.ResponseLine, Headers: g.Limits.ResponseHeaders},
		noRevision:     revisionPath(g.Organization, g.Environment, "null", 0),
	}
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
