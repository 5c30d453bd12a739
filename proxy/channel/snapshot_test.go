package channel

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheDescriptionIsThatOfTheOriginal(t *testing.T) {
	stuck := Snapshot{
		Secure: true, ID: 739028, UseCount: 1, Open: true, Name: "backend.example:443",
		Remote: netip.MustParseAddrPort("203.0.113.7:443"), Local: netip.MustParseAddrPort("10.0.0.5:42828"),
		Age: 55221 * time.Millisecond, LastIO: 55221 * time.Millisecond,
	}
	reused := stuck
	reused.Secure, reused.ID, reused.UseCount, reused.BytesRead, reused.BytesWritten, reused.Open = false, 8380, 6, 12, 76295, false
	reused.LastIO = 2*time.Millisecond + 999*time.Microsecond
	nowhere := stuck
	nowhere.Remote, nowhere.Local = netip.AddrPort{}, noAddress
	six := stuck
	six.Remote = netip.MustParseAddrPort("[2001:db8::1]:443")
	for _, c := range []struct {
		got  Snapshot
		want string
	}{
		{stuck, "SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true"},
		{reused, "ClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@8380 useCount=6 bytesRead=12 bytesWritten=76295 age=55221ms lastIO=2ms isOpen=false"},
		{nowhere, "SSLClientChannel[Connected: Remote:backend.example:443 Local:0.0.0.0:0]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true"},
		{six, "SSLClientChannel[Connected: Remote:[2001:db8::1]:443 Local:10.0.0.5:42828]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

func TestAgeCountsFromTheConnectAndLastIOFromTheLastByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, overPipe(t, silent), NewTarget("192.0.2.1", 80, nil, patient))
		time.Sleep(1500*time.Millisecond + time.Microsecond)
		if s := c.Snapshot(); s.Age != 1500*time.Millisecond || s.LastIO != s.Age {
			t.Errorf("before any byte: age %v, lastIO %v", s.Age, s.LastIO)
		}
		c.Write([]byte("x"))
		time.Sleep(2 * time.Second)
		if s := c.Snapshot(); s.Age != 3500*time.Millisecond || s.LastIO != 2*time.Second {
			t.Errorf("after one: age %v, lastIO %v", s.Age, s.LastIO)
		}
		c.Use(time.Time{}) // the idle time before a reuse stays visible
		if s := c.Snapshot(); s.LastIO != 2*time.Second {
			t.Errorf("in the next use: lastIO %v", s.LastIO)
		}
	})
}
