package main

import "time"

// stuckPath is where the stuck backend is, if a setting has one.
const stuckPath = "/stuck/"

// setting is what a scenario asks of every contender in its own way.
type setting struct {
	target           string // address of the backend
	plain            bool   // the backend speaks no TLS
	log              bool   // a line for each request, into a file
	stream           bool   // large answers are passed on as they come
	stuck            string // address of a backend that never answers a ClientHello; "": none
	handshakeTimeout time.Duration

	// What only the gateway has.
	curves  []string // of TLS; nil: the default
	spans   string   // address of the OTLP receiver of all transactions; "": tracing at ratio 0
	proxies int      // API proxies beside the one that is asked
}

func (s setting) scheme() string {
	if s.plain {
		return "http"
	}
	return "https"
}

// contender is somebody who can do the work.
type contender struct {
	name  string // as in tables
	start func(*ground, setting) (*program, error)
}

// Those who are compared. nginx is what all others are measured against.
var (
	gateway      = contender{"message-processor", startGateway}
	nginx        = contender{"nginx", startNginx}
	haproxy      = contender{"HAProxy", startHAProxy}
	reverseProxy = contender{"Go ReverseProxy", startReverseProxy}
	byteRelay    = contender{"byte relay", startByteRelay}
)
