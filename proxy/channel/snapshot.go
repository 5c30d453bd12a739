package channel

import (
	"net/netip"
	"strconv"
	"time"
)

// Snapshot is the state of a Channel at one moment, as a value. Of a connection
// that never came about it holds the address that was tried.
type Snapshot struct {
	Secure        bool
	ID            uint64         // unique in this process, never reused
	Name          string         // host:port of the peer as configured, shown while Remote is not known
	Remote, Local netip.AddrPort // kept after close
	UseCount      int            // exchanges, this one included
	BytesRead     int64          // application bytes of this use
	BytesWritten  int64          // application bytes of this use
	Age           time.Duration  // since the connect began, whole milliseconds
	LastIO        time.Duration  // since the last application byte; Age if there was none
	Open          bool           // neither closed by us nor reset by the peer
	TCP           *TCPInfo       // taken at failures only; nil where there is none

	RecordsSent, RecordsReceived int64 // bytes of TLS records since the handshake began, each once
	CertificateRequested         bool  // the target has asked for a client certificate, be there one or not
}

// TCPInfo is what the kernel knows about a connection (Linux; elsewhere there is
// none). After a handshake timeout Unacked tells a firewall that swallows the
// ClientHello (1 or more) from a backend that received it and is silent (0).
type TCPInfo struct {
	Unacked          uint32 // segments sent and not acknowledged
	Retransmits      uint32 // of the segment the kernel is waiting for
	TotalRetransmits uint32 // segments, over the life of the connection
	BytesAcked       uint64 // SYN included
	BytesSent        uint64 // retransmissions included; 0 from kernels before 4.19
	SegsIn           uint32 // segments received
}

// noAddress is how the original shows a local address it does not have.
var noAddress = netip.AddrPortFrom(netip.IPv4Unspecified(), 0)

// String is the description of a channel in the original's system.log, e.g.
//
//	SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true
//
// and ClientChannel[...] when the connection is plain.
func (s Snapshot) String() string {
	text := make([]byte, 0, 224)
	if s.Secure {
		text = append(text, "SSL"...)
	}
	text = append(text, "ClientChannel[Connected: Remote:"...)
	if s.Remote.IsValid() {
		text = s.Remote.AppendTo(text)
	} else {
		text = append(text, s.Name...)
	}
	text = append(text, " Local:"...)
	text = s.Local.AppendTo(text)
	text = append(text, "]@"...)
	text = strconv.AppendUint(text, s.ID, 10)
	text = appendNumber(text, " useCount=", int64(s.UseCount))
	text = appendNumber(text, " bytesRead=", s.BytesRead)
	text = appendNumber(text, " bytesWritten=", s.BytesWritten)
	text = appendNumber(text, " age=", s.Age.Milliseconds())
	text = appendNumber(text, "ms lastIO=", s.LastIO.Milliseconds())
	text = append(text, "ms isOpen="...)
	return string(strconv.AppendBool(text, s.Open))
}

func appendNumber(text []byte, label string, n int64) []byte {
	return strconv.AppendInt(append(text, label...), n, 10)
}
