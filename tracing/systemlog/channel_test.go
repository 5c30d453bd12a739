package systemlog

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseChannelReadsEveryFormOfTheOriginal(t *testing.T) {
	for _, c := range []struct {
		message string
		want    Channel
	}{
		{handshakeMessage, Channel{Secure: true, ID: 739028, Remote: "203.0.113.7:443", Local: "10.0.0.5:42828", UseCount: 1,
			Age: 55221 * time.Millisecond, LastIO: 55221 * time.Millisecond, Open: true, Tail: "handshake timeout"}},
		{"HTTPClient$Context.handshakeTimeout() : SSLClientChannel[Connected: Remote:X.X.X.X:443 Local:X.X.X.X]@739028 useCount=1 " +
			"bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true handshake timeout\t",
			Channel{Secure: true, ID: 739028, Remote: "X.X.X.X:443", Local: "X.X.X.X", UseCount: 1,
				Age: 55221 * time.Millisecond, LastIO: 55221 * time.Millisecond, Open: true, Tail: "handshake timeout"}},
		{"HTTPClient$Context$3.onTimeout() : SSLClientChannel[C:XX.XX.XX.XX:443 Remote host:192.168.38.54:38302]@120171 useCount=2 " +
			"bytesRead=0 bytesWritten=824 age=55458ms lastIO=55000ms .onTimeoutRead",
			Channel{Secure: true, ID: 120171, Remote: "XX.XX.XX.XX:443", Local: "192.168.38.54:38302", UseCount: 2, BytesWritten: 824,
				Age: 55458 * time.Millisecond, LastIO: 55 * time.Second, Tail: ".onTimeoutRead"}},
		{"HTTPClient$Context$3.onException() :  SSLClientChannel[C:193.35.250.192:8443 Remote host:0.0.0.0:50100]@459069 useCount=6 " +
			"bytesRead=0 bytesWritten=755 age=40107ms lastIO=12832ms .onExceptionRead exception: {}",
			Channel{Secure: true, ID: 459069, Remote: "193.35.250.192:8443", Local: "0.0.0.0:50100", UseCount: 6, BytesWritten: 755,
				Age: 40107 * time.Millisecond, LastIO: 12832 * time.Millisecond, Tail: ".onExceptionRead exception: {}"}},
		{"ExceptionHandler.handleException() : Exception java.io.IOException: Broken pipe occurred while writing to channel " +
			"ClientOutputChannel(ClientChannel[Connected: Remote:IP:PORT Local:0.0.0.0:42828]@8380 useCount=1 bytesRead=0 " +
			"bytesWritten=76295 age=2012ms  lastIO=2ms  isOpen=false)",
			Channel{ID: 8380, Remote: "IP:PORT", Local: "0.0.0.0:42828", UseCount: 1, BytesWritten: 76295,
				Age: 2012 * time.Millisecond, LastIO: 2 * time.Millisecond}},
		{"x : SSLClientChannel[Connected: Remote:[2001:db8::1]:443 Local:[::1]:9]@1 useCount=1 bytesRead=x rest",
			Channel{Secure: true, ID: 1, Remote: "[2001:db8::1]:443", Local: "[::1]:9", UseCount: 1, Tail: "bytesRead=x rest"}},
		{"ClientChannel[Connected: Remote:a:1 Local:b:2]@7", Channel{ID: 7, Remote: "a:1", Local: "b:2"}},
	} {
		got, ok := ParseChannel(c.message)
		if !ok {
			t.Errorf("no channel in %s", c.message)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.message, diff)
		}
	}
}

func TestParseChannelFindsNoneInOtherText(t *testing.T) {
	for _, message := range []string{
		"", "no channel", "ClientChannel[", "ClientChannel[]@1", "ClientChannel[Connected: Remote:a]@1",
		"ClientChannel[C:a Local:b]@1", "ClientChannel[C:a Remote host:b]", "ClientChannel[C:a Remote host:b]@x",
		"ClientChannel[C:a Remote host:b]@99999999999999999999",
	} {
		if c, ok := ParseChannel(message); ok {
			t.Errorf("%q is read as %+v", message, c)
		}
	}
}
