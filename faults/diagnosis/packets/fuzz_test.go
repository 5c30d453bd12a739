package packets

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"message-processor/faults/verdict"
)

// Whatever the bytes, reading ends, tells a known verdict of each connection, and can be written down both ways.
func FuzzRead(f *testing.F) {
	for i, s := range []*script{eightPackets(f), answer(request(ready(f))).fin(Server),
		between(f, "[2001:db8::5]:42828", "[2001:db8::7]:80").connect().send(Client, []byte(getIt)).send(Server, []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")).fin(Server),
		asked(f).send(Server, serverHello(tls.VersionTLS12)).send(Server, handshakeRecord(messageCertificate, []byte{0, 0, 6, 0, 0, 3, 1, 2, 3})).send(Client, alertRecord(2, 45)),
		asked(f).lost(Server, 50).send(Server, sealedRecord(9)).reset(Server)} {
		f.Add(s.pcap(linkTypes[i]))
		f.Add(s.pcapng(linkTypes[i+4], "a comment"))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := Read(t.Context(), bytes.NewReader(file))
		if err != nil {
			return
		}
		for i := range r.Connections {
			c := &r.Connections[i]
			if !slices.Contains(verdict.IDs(), c.Verdict.ID) || c.Verdict.Summary == "" || len(c.Verdict.Evidence) == 0 {
				t.Errorf("connection %d: %+v", c.Number, c.Verdict)
			}
			if c.PacketCount > r.Packets || len(c.Packets) > c.PacketCount {
				t.Errorf("connection %d has %d packets, %d listed, of %d", c.Number, c.PacketCount, len(c.Packets), r.Packets)
			}
		}
		var text strings.Builder
		if err := r.WriteText(&text); err != nil {
			t.Error(err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
	})
}
