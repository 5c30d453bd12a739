package tracing

// Bounds are how full a gateway is at one moment, in all that it bounds lest one part take what the others need. The
// names are those of the configuration's limits (contract section 2.1).
type Bounds struct {
	Connections Bound // of clients: limits.client_connections
	Bodies      Bound // bytes of buffered bodies: limits.buffered_bodies; who was refused is told by API proxy
	Proxies     []ProxyBounds
}

// Bound is one of them.
type Bound struct {
	Used, Limit int64
	Refused     uint64 // what came when it was full, since the start
}

// ProxyBounds are those of one API proxy.
type ProxyBounds struct {
	API            API
	InFlight       Bound  // requests: max_in_flight
	Waiting        int64  // requests that wait for one of those to end: limits.wait_for_place
	RefusedBodies  uint64 // requests that found no room in limits.buffered_bodies
	RefusedServers uint64 // requests that all servers of a load balancer were full for
	Servers        []ServerBound
}

// ServerBound is that of one server of a load balancer: load_balancer.max_in_flight.
type ServerBound struct {
	Target string // host:port
	Bound         // Refused counts the times that the server was passed over because of it
}
