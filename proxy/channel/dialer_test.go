package channel

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func resolver(addresses []netip.Addr, err error) *Dialer {
	return &Dialer{LookupNetIP: func(context.Context, string, string) ([]netip.Addr, error) { return addresses, err }}
}

func addrs(texts ...string) (list []netip.Addr) {
	for _, text := range texts {
		list = append(list, netip.MustParseAddr(text))
	}
	return list
}

func TestAnAddressResolvesToItselfWithoutAskingAnybody(t *testing.T) {
	asked := &Dialer{LookupNetIP: func(context.Context, string, string) ([]netip.Addr, error) {
		t.Error("a resolver was asked")
		return nil, nil
	}}
	for _, literal := range []string{"127.0.0.1", "::1", "fe80::1%lo"} {
		got, err := asked.Lookup(t.Context(), NewTarget(literal, 1, nil, patient))
		if err != nil || len(got) != 1 || got[0].String() != literal {
			t.Errorf("%s: got %v, %v", literal, got, err)
		}
	}
}

func TestNamesUnderInvalidAreNotLookedUp(t *testing.T) {
	asked := &Dialer{LookupNetIP: func(context.Context, string, string) ([]netip.Addr, error) {
		t.Error("a resolver was asked")
		return nil, nil
	}}
	for _, name := range []string{"invalid", "backend.invalid", "Backend.INVALID.", "a.b.invalid"} {
		_, err := asked.Lookup(t.Context(), NewTarget(name, 1, nil, patient))
		expect(t, err, Lookup, NotResolved)
	}
}

func TestAllAddressesOfANameAreReturnedInOrderAndUnmapped(t *testing.T) {
	dialer := resolver(addrs("2001:db8::1", "::ffff:192.0.2.1"), nil)
	got, err := dialer.Lookup(t.Context(), NewTarget("backend.example", 1, nil, patient))
	check(t, err)
	if diff := cmp.Diff(addrs("2001:db8::1", "192.0.2.1"), got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Error(diff)
	}
}

func TestAFailedLookupHasTheConfiguredNameForARemote(t *testing.T) {
	dialer := resolver(nil, &net.DNSError{Err: "no such host", IsNotFound: true})
	_, err := dialer.Lookup(t.Context(), NewTarget("backend.example", 8080, nil, patient))
	snapshot := expect(t, err, Lookup, NotResolved).Snapshot
	if snapshot.Name != "backend.example:8080" || snapshot.Remote.IsValid() || snapshot.ID == 0 || snapshot.Open {
		t.Errorf("got %v", snapshot)
	}
}

func TestANameWithoutAddressesIsNotResolved(t *testing.T) {
	_, err := resolver(nil, nil).Lookup(t.Context(), NewTarget("backend.example", 1, nil, patient))
	expect(t, err, Lookup, NotResolved)
}

func TestLocalhostIsResolvedByTheSystem(t *testing.T) {
	got, err := new(Dialer).Lookup(t.Context(), NewTarget("localhost", 1, nil, patient))
	if err != nil || len(got) == 0 || !got[0].IsLoopback() {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestANewChannelKnowsItsEnds(t *testing.T) {
	address := serve(t, silent)
	dialer := new(Dialer)
	c := dial(t, dialer, toward(address, nil, patient))
	snapshot := c.Snapshot()
	if snapshot.Remote != address || snapshot.Local.Addr() != address.Addr() || snapshot.Local.Port() == 0 {
		t.Errorf("got %v", snapshot)
	}
	if snapshot.UseCount != 1 || !snapshot.Open || snapshot.Secure || c.Reused() || dialer.Open() != 1 {
		t.Errorf("got %v, %d open", snapshot, dialer.Open())
	}
	c.Close()
	if after := c.Snapshot(); after.Open || after.Remote != address || dialer.Open() != 0 {
		t.Errorf("after close: %v, %d open", after, dialer.Open())
	}
}

func TestIPv6TargetsAreReached(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6 loopback: ", err)
	}
	defer listener.Close()
	address := listener.Addr().(*net.TCPAddr).AddrPort()
	c := dial(t, new(Dialer), toward(address, nil, patient))
	if c.Snapshot().Remote != address {
		t.Errorf("got %v, want %v", c.Snapshot().Remote, address)
	}
}

func TestIdsAreUniqueAcrossDialers(t *testing.T) {
	address := serve(t, silent)
	first := dial(t, new(Dialer), toward(address, nil, patient)).Snapshot().ID
	second := dial(t, new(Dialer), toward(address, nil, patient)).Snapshot().ID
	if first == 0 || second <= first {
		t.Errorf("ids %d, %d", first, second)
	}
}

func TestTheNextAddressIsTriedWhenOneRefuses(t *testing.T) {
	address := serve(t, silent)
	target := NewTarget("backend.example", int(address.Port()), nil, patient)
	c, err := new(Dialer).Dial(t.Context(), target, addrs("::1", "127.0.0.1"))
	check(t, err)
	defer c.Close()
	if c.Snapshot().Remote != address {
		t.Errorf("connected to %v", c.Snapshot().Remote)
	}
}

// answers is a network in which each address behaves as told; an unknown one is
// silent.
func answers(behaviour map[string]error) *Dialer {
	return &Dialer{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		if err, known := behaviour[address]; known {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", err)}
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
}

func TestSilentAddressesShareTheTimeThatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var tried []time.Duration
		dialer := &Dialer{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			tried = append(tried, time.Since(began))
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		target := NewTarget("backend.example", 443, nil, Timeouts{Connect: 3 * time.Second})
		ctx, cancel := target.ConnectContext(t.Context(), time.Time{})
		defer cancel()
		_, err := dialer.Dial(ctx, target, addrs("192.0.2.1", "192.0.2.2", "192.0.2.3"))
		failed := expect(t, err, Connect, Timeout)
		if diff := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second}, tried); diff != "" {
			t.Error(diff)
		}
		if failed.Snapshot.Age != 3*time.Second || failed.Snapshot.Remote.String() != "192.0.2.3:443" {
			t.Errorf("got %v", failed.Snapshot)
		}
	})
}

func TestASilentAddressDoesNotStarveAHealthyOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialer := overPipe(t, silent)
		pipe := dialer.DialContext
		dialer.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == "192.0.2.1:443" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return pipe(ctx, network, address)
		}
		target := NewTarget("backend.example", 443, nil, Timeouts{Connect: 3 * time.Second})
		ctx, cancel := target.ConnectContext(t.Context(), time.Time{})
		defer cancel()
		c, err := dialer.Dial(ctx, target, addrs("192.0.2.1", "192.0.2.2"))
		check(t, err)
		defer c.Close()
		if got := c.Snapshot(); got.Age != 1500*time.Millisecond || got.Remote.String() != "192.0.2.2:443" {
			t.Errorf("got %v", got)
		}
	})
}

func TestNoRouteToOneAddressDoesNotHideWhatAnotherSaid(t *testing.T) {
	dialer := answers(map[string]error{"192.0.2.1:443": syscall.ECONNREFUSED, "[2001:db8::1]:443": syscall.ENETUNREACH})
	target := NewTarget("backend.example", 443, nil, patient)
	for _, order := range [][]netip.Addr{addrs("192.0.2.1", "2001:db8::1"), addrs("2001:db8::1", "192.0.2.1")} {
		_, err := dialer.Dial(t.Context(), target, order)
		if failed := expect(t, err, Connect, Refused); failed.Snapshot.Remote.String() != "192.0.2.1:443" {
			t.Errorf("%v: remote is %v", order, failed.Snapshot.Remote)
		}
	}
}

func TestAFailedConnectDescribesAChannelThatNeverWas(t *testing.T) {
	dialer := answers(map[string]error{"192.0.2.1:443": syscall.ECONNREFUSED})
	_, err := dialer.Dial(t.Context(), NewTarget("192.0.2.1", 443, &TLS{}, patient), addrs("192.0.2.1"))
	failed := expect(t, err, Connect, Refused)
	got := failed.Snapshot
	got.ID, got.Age, got.LastIO = 7, 0, 0
	const want = "SSLClientChannel[Connected: Remote:192.0.2.1:443 Local:0.0.0.0:0]@7 useCount=1 bytesRead=0 bytesWritten=0 age=0ms lastIO=0ms isOpen=false"
	if got.String() != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) || dialer.Open() != 0 {
		t.Errorf("error %v, %d open", err, dialer.Open())
	}
}

func TestDialWithoutAddressesFails(t *testing.T) {
	_, err := new(Dialer).Dial(t.Context(), NewTarget("h", 1, nil, patient), nil)
	expect(t, err, Connect, NotResolved)
}
