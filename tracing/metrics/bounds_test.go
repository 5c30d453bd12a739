package metrics

import (
	"strings"
	"testing"

	"message-processor/tracing"
)

// full is a gateway in trouble: one API proxy with a server that hangs, one that is well.
func full() tracing.Bounds {
	orders := tracing.ProxyBounds{
		API:      tracing.API{Environment: "test", Name: "orders", Revision: 3},
		InFlight: tracing.Bound{Used: 9, Limit: 10, Refused: 4}, Waiting: 2, RefusedBodies: 5, RefusedServers: 6,
		Servers: []tracing.ServerBound{{Target: "a.example:443", Bound: tracing.Bound{Used: 7, Limit: 8, Refused: 1}}},
	}
	customers := tracing.ProxyBounds{API: tracing.API{Environment: "test", Name: "customers", Revision: 1}, InFlight: tracing.Bound{Limit: 20}}
	return tracing.Bounds{Connections: tracing.Bound{Used: 30, Limit: 40, Refused: 3}, Bodies: tracing.Bound{Used: 50, Limit: 60, Refused: 5},
		Proxies: []tracing.ProxyBounds{orders, customers}}
}

func TestBoundsTellHowFullTheGatewayIsAndWhomItRefused(t *testing.T) {
	m, err := New(t.Context(), from(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := idle()
	s.Bounds = full
	if err := m.Watch(s); err != nil {
		t.Fatal(err)
	}
	page := m.page(t, "")
	const customers = `apigee_api="customers",apigee_environment="test",apigee_revision="1"`
	wants(t, page, "apigee_client_connections 30", "apigee_client_connections_limit 40",
		"apigee_buffered_bodies_size_bytes 50", "apigee_buffered_bodies_limit_bytes 60",
		`apigee_proxy_active_requests{`+orders+`} 9`, `apigee_proxy_active_requests_limit{`+orders+`} 10`,
		`apigee_proxy_active_requests{`+customers+`} 0`, `apigee_proxy_active_requests_limit{`+customers+`} 20`,
		`apigee_proxy_waiting_requests{`+orders+`} 2`,
		`apigee_server_active_requests{`+orders+`,apigee_target="a.example:443"} 7`,
		`apigee_server_active_requests_limit{`+orders+`,apigee_target="a.example:443"} 8`,
		`apigee_server_passed_over_total{`+orders+`,apigee_target="a.example:443"} 1`,
		`apigee_requests_refused_total{apigee_api="",apigee_environment="",apigee_revision="",reason="client_connections"} 3`,
		`apigee_requests_refused_total{`+orders+`,reason="max_in_flight"} 4`,
		`apigee_requests_refused_total{`+orders+`,reason="buffered_bodies"} 5`,
		`apigee_requests_refused_total{`+orders+`,reason="load_balancer.max_in_flight"} 6`,
		`apigee_requests_refused_total{`+customers+`,reason="max_in_flight"} 0`)
	if strings.Contains(page, customers+`,reason="load_balancer`) {
		t.Error("a proxy without a load balancer has the bound of one")
	}
}
