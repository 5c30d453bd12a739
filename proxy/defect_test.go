package proxy

import (
	"context"
	"net"
	"strings"
	"testing"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

// network is a dialer that hands its connections to change before they are used.
func network(change func(net.Conn) net.Conn) *channel.Dialer {
	return &channel.Dialer{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return change(conn), nil
	}}
}

// defective panics instead of writing, while it is armed.
type defective struct {
	net.Conn
	armed func() bool
}

func (d defective) Write(p []byte) (int, error) {
	if d.armed() {
		panic("a defect")
	}
	return d.Conn.Write(p)
}

// TestADefectEndsOneRequestOnly lets the way to the target panic, on the exchange's goroutine and on that of an upload.
func TestADefectEndsOneRequestOnly(t *testing.T) {
	for name, c := range map[string]struct{ within, request string }{
		"request":         {"", ask},
		"streamed body":   {streamed, post("Content-Length: 5", "hello")},
		"streamed chunks": {streamed, post("Transfer-Encoding: chunked", chunkedBody)},
	} {
		t.Run(name, func(t *testing.T) {
			target := serve(t, always(plain))
			writes := 0
			dialer := network(func(conn net.Conn) net.Conn {
				return defective{conn, func() bool {
					writes++
					return c.within == "" && writes == 1 || c.within != "" && writes == 2
				}}
			})
			g := setup{target: target.url(), within: c.within, dialer: dialer}.start(t)
			client := g.dial()
			client.send(c.request)
			r := g.faulty(client.receive("GET"), faults.InternalError)
			client.Close()
			if !strings.Contains(r.Failure.Stack, "defective") {
				t.Errorf("stack %q", r.Failure.Stack)
			}
			if text := g.text.String(); !strings.Contains(text, "a defect") || !strings.Contains(text, "defective") {
				t.Errorf("system.log says %q", text)
			}
			if a := g.get("/v1/orders"); a.StatusCode != 200 {
				t.Errorf("the next request is answered %s", a.Status)
			}
		})
	}
}

// TestADefectiveObserverHarmsNobody is a defect after the answer.
func TestADefectiveObserverHarmsNobody(t *testing.T) {
	target := serve(t, always(plain))
	observe := func(r *tracing.Record) {
		if strings.HasSuffix(string(r.Path), "/defect") {
			panic("a defect")
		}
	}
	g := setup{target: target.url(), observe: observe}.start(t)
	c := g.dial()
	c.send("GET /v1/orders/defect HTTP/1.1\r\nHost: gw\r\n\r\n")
	if a := c.receive("GET"); a.StatusCode != 200 {
		t.Errorf("answered %s", a.Status)
	}
	c.send(ask)
	if a := c.receive("GET"); a.StatusCode != 200 || target.connections.Load() != 1 {
		t.Errorf("the next request is answered %s, over %d connections", a.Status, target.connections.Load())
	}
	if lines := g.lines(); !strings.Contains(lines[0], "a defect") || strings.Count(strings.Join(lines, "\n"), " ERROR ") != 1 {
		t.Errorf("system.log says %q", lines)
	}
}
