package capture

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Host is a name, or an address that stands for itself, with all its addresses.
type Host struct {
	Name      string
	Addresses []netip.Addr
}

// IsAddress tells whether there was nothing to look up.
func (h Host) IsAddress() bool {
	_, err := netip.ParseAddr(h.Name)
	return err == nil
}

// Resolve looks names up, each to every address it has, since a backend's trouble may sit behind one of several. Addresses
// may be given too, IPv6 with or without brackets. A name without any address is an error.
func Resolve(ctx context.Context, names []string) ([]Host, error) {
	var hosts []Host
	for _, name := range names {
		host := Host{Name: strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")}
		if address, err := netip.ParseAddr(host.Name); err == nil {
			host.Addresses = []netip.Addr{address.Unmap().WithZone("")}
		} else if host.Addresses, err = lookUp(ctx, host.Name); err != nil {
			return nil, fmt.Errorf("the name %q cannot be resolved: %w", name, err)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}

func lookUp(ctx context.Context, name string) ([]netip.Addr, error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i] = found[i].Unmap().WithZone("")
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return slices.Compact(found), nil
}

// Endpoints are all the ports on all the addresses; without any port every port and every protocol, which port 0 stands for.
func Endpoints(hosts []Host, ports []uint16) []netip.AddrPort {
	if len(ports) == 0 {
		ports = []uint16{0}
	}
	var endpoints []netip.AddrPort
	for _, h := range hosts {
		for _, address := range h.Addresses {
			for _, port := range ports {
				endpoints = append(endpoints, netip.AddrPortFrom(address, port))
			}
		}
	}
	return endpoints
}

// Expression says the same in the language of tcpdump, for people and for the head of the file.
func Expression(hosts []Host, ports []uint16) string {
	var who, where []string
	for _, h := range hosts {
		for _, address := range h.Addresses {
			who = append(who, "host "+address.String())
		}
	}
	for _, port := range ports {
		where = append(where, "port "+strconv.Itoa(int(port)))
	}
	text := anyOf(who, len(where) > 0)
	if len(where) > 0 {
		text += " and " + anyOf(where, true)
	}
	return text
}

func anyOf(terms []string, nested bool) string {
	if nested && len(terms) > 1 {
		return "(" + strings.Join(terms, " or ") + ")"
	}
	return strings.Join(terms, " or ")
}
