package proxy

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/rs/zerolog"

	"message-processor/config"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

// route is one deployed API proxy: what its base path leads to.
type route struct {
	api      tracing.API
	places   *places
	proxy    config.Proxy
	only     *server   // where requests go, unless there is a balancer
	balancer *balancer // nil: none
	revision string    // X-Apigee-fault-revision
}

// routes finds the route of a path. Lookup costs one map access for each
// segment of the path that could still be a base path, however many proxies
// are deployed.
type routes struct {
	byBasePath map[string]*route
	depth      int // segments of the longest base path
}

// newRoutes takes over from earlier, if there is any, what is known of the
// health of servers that are still there.
func newRoutes(g *config.Gateway, earlier *routes, log *zerolog.Logger) *routes {
	r := &routes{byBasePath: make(map[string]*route, len(g.Proxies))}
	for _, p := range g.Proxies {
		added := newRoute(g, p)
		if len(p.Target.Servers) > 0 {
			added.balancer = newBalancer(g, p, earlier.balancer(p), log)
		}
		added.places = earlier.places(p)
		r.byBasePath[p.BasePath] = added
		r.depth = max(r.depth, strings.Count(p.BasePath, "/"))
	}
	return r
}

// places are those of the same API proxy before, in which requests may still be
// under way, or new ones where the bound has changed.
func (r *routes) places(p config.Proxy) *places {
	if r != nil {
		if before := r.byBasePath[p.BasePath]; before != nil && before.proxy.Name == p.Name {
			if before.places.limit == p.MaxInFlight {
				return before.places
			}
			return newPlaces(p, before.places.tally)
		}
	}
	return newPlaces(p, new(tally))
}

func newRoute(g *config.Gateway, p config.Proxy) *route {
	only := only(p.Target)
	return &route{
		api: tracing.API{
			Organization: g.Organization, Environment: g.Environment, Timeouts: channel.Timeouts(p.Target.Timeouts),
			Name: p.Name, Revision: p.Revision, BasePath: p.BasePath,
			Target: only.target.String(), TargetURL: p.Target.URL.Redacted(),
		},
		proxy:    p,
		only:     only,
		revision: revisionPath(g.Organization, g.Environment, p.Name, p.Revision),
	}
}

// balancer is the load balancer of an API proxy, nil if there is none.
func (r *routes) balancer(p config.Proxy) *balancer {
	if r == nil {
		return nil
	}
	for _, route := range r.byBasePath {
		if route.proxy.Name == p.Name && route.proxy.Revision == p.Revision {
			return route.balancer
		}
	}
	return nil
}

// servers are all the places the route's requests can go to.
func (r *route) servers() []*server {
	if r.balancer == nil {
		return []*server{r.only}
	}
	return r.balancer.servers
}

// match finds the proxy with the longest base path that ends on a segment
// border of path: /v1 serves /v1, /v1/x and /v1?x, not /v1x.
func (r *routes) match(path []byte) *route {
	path = pathOnly(path)
	for end := r.cut(path); end > 0; end = bytes.LastIndexByte(path[:end], '/') {
		if found := r.byBasePath[string(path[:end])]; found != nil {
			return found
		}
	}
	return r.byBasePath["/"]
}

// cut is the length of path up to as many segments as a base path can have,
// so that a path of thousands of slashes costs no more than another.
func (r *routes) cut(path []byte) int {
	slashes := 0
	for i, b := range path {
		if b != '/' {
			continue
		}
		if slashes++; slashes > r.depth {
			return i
		}
	}
	return len(path)
}

// suffix is what of path follows the base path: empty, or beginning with a
// slash or the query's question mark.
func (r *route) suffix(path []byte) []byte {
	if r.proxy.BasePath == "/" {
		return path
	}
	return path[len(r.proxy.BasePath):]
}

// climbs tells whether the dot segments of a path suffix, plain or escaped,
// lead above where it begins. A target that resolves them would then serve
// something outside the proxy's reach, so such a request is refused; all other
// dot segments travel as they came.
func climbs(suffix []byte) bool {
	suffix = pathOnly(suffix)
	depth := 0
	for len(suffix) > 0 {
		var segment []byte
		segment, suffix = cutSegment(suffix)
		switch dots(segment) {
		case 2:
			if depth--; depth < 0 {
				return true
			}
		case 0:
			if len(segment) > 0 {
				depth++
			}
		}
	}
	return false
}

// cutSegment splits at the first slash, backslash or their escaped forms:
// some targets take any of them for a border.
func cutSegment(path []byte) (segment, rest []byte) {
	for i := range path {
		switch {
		case path[i] == '/', path[i] == '\\':
			return path[:i], path[i+1:]
		case escaped(path[i:], "2f"), escaped(path[i:], "5c"):
			return path[:i], path[i+3:]
		}
	}
	return path, nil
}

// dots is 1 or 2 for a segment that is nothing but that many dots, else 0. What
// follows a semicolon does not count: some targets cut it off first.
func dots(segment []byte) int {
	segment, _, _ = bytes.Cut(segment, []byte(";"))
	n := 0
	for len(segment) > 0 && n < 3 {
		switch {
		case segment[0] == '.':
			segment = segment[1:]
		case escaped(segment, "2e"):
			segment = segment[3:]
		default:
			return 0
		}
		n++
	}
	if n > 2 {
		return 0
	}
	return n
}

// escaped tells whether b begins with the percent-escape of two lower-case hex
// digits, in either case.
func escaped(b []byte, hex string) bool {
	return len(b) >= 3 && b[0] == '%' && b[1] == hex[0] && b[2]|0x20 == hex[1]|0x20
}

// revisionPath names a revision as the original's fault fields do.
func revisionPath(organization, environment, api string, revision int) string {
	number := "null"
	if revision > 0 {
		number = strconv.Itoa(revision)
	}
	return "/organizations/" + organization + "/environments/" + environment +
		"/apiproxies/" + api + "/revisions/" + number
}
