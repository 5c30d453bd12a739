package packets

import (
	"net/netip"
	"time"

	"message-processor/faults/verdict"
)

// Report is what a capture says.
type Report struct {
	Connections []Connection `json:"connections"` // the most suspicious first; never nil
	Packets     int          `json:"packet_count"`
	// Skipped are the packets that belong to no TCP connection: other protocols, fragments, broken headers.
	Skipped int `json:"skipped_packets"`
	// Dropped are the packets of connections beyond the limit of connections that are followed.
	Dropped int     `json:"dropped_packets,omitempty"`
	Damage  *Damage `json:"damage,omitempty"` // nil when the file could be read to its end

	Comment string `json:"comment,omitempty"` // of the pcapng section; our own captures hold the message id there
	// Secrets: the file holds TLS session secrets, with which anybody can decrypt its connections.
	Secrets bool `json:"secrets,omitempty"`

	end time.Time // of the last packet
}

// Damage is where a capture stops making sense. Everything before it is in the report.
type Damage struct {
	Offset int64  `json:"offset"` // of the record or block that cannot be read, in bytes (of the uncompressed file)
	Packet int    `json:"packet"` // number of the last good packet
	Reason string `json:"reason"`
}

// Healthy tells whether the whole file could be read and nothing is wrong with any connection.
func (r *Report) Healthy() bool {
	for i := range r.Connections {
		if r.Connections[i].Verdict.ID != verdict.Healthy {
			return false
		}
	}
	return r.Damage == nil
}

// Connection is one TCP connection.
type Connection struct {
	Number int            `json:"number"` // from 1, in the order of their first packets
	Client netip.AddrPort `json:"client"` // who connected; a guess for a connection that was there before the capture
	Server netip.AddrPort `json:"server"`
	Start  time.Time      `json:"start"` // of the first packet
	End    time.Time      `json:"end"`   // of the last packet
	// MidStream: the connection was there before the capture.
	MidStream bool `json:"mid_stream,omitempty"`

	PacketCount     int      `json:"packet_count"`
	Packets         []Packet `json:"packets"`         // not all of a long connection, see Limits
	Events          []Event  `json:"events"`          // the story, in order; not all of a long connection
	Retransmissions int      `json:"retransmissions"` // segments that were sent again, both directions
	// RTT is the round trip as the three-way handshake shows it, from SYN to the final ACK; 0 when unknown.
	RTT time.Duration `json:"rtt_ns,omitempty"`

	ClientHello *ClientHello `json:"client_hello,omitempty"`
	ServerHello *ServerHello `json:"server_hello,omitempty"`
	Certificate *Certificate `json:"certificate,omitempty"` // the backend's; visible up to TLS 1.2

	Exchanges int  `json:"exchanges,omitempty"` // requests that were answered, as far as can be told
	Ended     Ends `json:"ended"`

	Verdict verdict.Verdict `json:"verdict"`
}

// Ends tells how a connection ended.
type Ends struct {
	By  Side   `json:"by,omitempty"` // who ended it first; "" when nobody did within the capture
	How string `json:"how,omitempty"`
	// Packet is the FIN or RST.
	Packet int `json:"packet,omitempty"`

	at time.Time
}

// How a connection can end.
const (
	ByFIN = "FIN"
	ByRST = "RST"
)

// Side is one of the two ends of a connection.
type Side string

// The sides. The gateway is the client: it connects to the backend.
const (
	Client Side = "client"
	Server Side = "server"
)

func (s Side) other() Side {
	if s == Client {
		return Server
	}
	return Client
}

// Packet is one packet of a connection.
type Packet struct {
	Number int    `json:"number"`    // as Wireshark counts
	At     int64  `json:"offset_us"` // since the start of the connection, in microseconds
	From   Side   `json:"from"`
	Flags  string `json:"flags"`  // of S, A, P, F, R those that are set, in this order
	Seq    uint32 `json:"seq"`    // relative to the sender's first
	Ack    uint32 `json:"ack"`    // relative to the other side's first
	Length int    `json:"length"` // of the payload as it was sent, in bytes
	Again  bool   `json:"again,omitempty"`
}
