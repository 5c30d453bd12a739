package faults

import (
	"strings"
	"testing"
)

func TestEveryLineOfTheCatalogueIsRecognised(t *testing.T) {
	const channel = "SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@7 useCount=1 bytesRead=0 bytesWritten=0 age=9ms lastIO=9ms isOpen=true"
	filled := Vars{"channel": channel, "message_id": "mp1-1-1-1", "host": "db.example", "ip": "203.0.113.7", "path": "/x{y}", "vhost": "default",
		"name": "X-A", "char": "0x1", "value": "7", "method": "BREW", "status_code": "405", "status": "405", "reason": "2 bytes", "limit": "25,600"}
	for _, f := range All() {
		if f.Log.Text == "" {
			continue
		}
		line := f.LogText(filled)
		got, values, ok := Recognise(line)
		if !ok || got.Log.Text != f.Log.Text && (got.TraceCode != f.TraceCode || got.Status != f.Status) {
			t.Errorf("%s: %q is taken for %s", f.ID, line, got.ID)
		}
		if strings.Contains(f.Log.Text, "{channel}") && values["channel"] != channel {
			t.Errorf("%s: the channel is %q", f.ID, values["channel"])
		}
	}
}

func TestTheOriginalsLinesAreRecognised(t *testing.T) {
	for line, want := range map[string]ID{
		"HTTPClient$Context.handshakeTimeout() : SSLClientChannel[Connected: Remote:X.X.X.X:443 Local:X.X.X.X]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true handshake timeout": BadGatewayTLSHandshakeTimeout,
		"HTTPClient$Context$3.onTimeout() : SSLClientChannel[C:X.X.X.X:443 Remote host:X.X.X.X:38302]@120171 useCount=2 bytesRead=0 bytesWritten=824 age=55458ms lastIO=55000ms .onTimeoutRead":                       "gateway_timeout_target_io",
	} {
		if f, _, ok := Recognise(line); !ok || f.ID != want {
			t.Errorf("%q is taken for %q, want %s", line, f.ID, want)
		}
	}
}

func TestOtherLinesAreNot(t *testing.T) {
	for _, line := range []string{"", "Gateway.start() : message-processor", "handshake timeout", "HTTPClient$Context.handshakeTimeout() : x", "{}"} {
		if f, _, ok := Recognise(line); ok {
			t.Errorf("%q is taken for %s", line, f.ID)
		}
	}
}
