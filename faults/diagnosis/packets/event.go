package packets

import "time"

// Kind says what an Event is.
type Kind string

// The kinds of events, roughly in the order of a connection's life.
const (
	SYN             Kind = "syn"
	SYNACK          Kind = "syn-ack"
	Established     Kind = "ack" // the third packet of the three-way handshake
	Unreachable     Kind = "unreachable"
	HelloOfClient   Kind = "client-hello"
	HelloOfServer   Kind = "server-hello"
	RetryOfServer   Kind = "hello-retry-request"
	Certificates    Kind = "certificate"
	CertificateWish Kind = "certificate-request"
	Handshake       Kind = "handshake"          // other handshake messages, readable or not
	HandshakeDone   Kind = "handshake-finished" // the last message of the sender's part of the TLS handshake
	Alert           Kind = "alert"
	EncryptedAlert  Kind = "encrypted-alert" // of TLS 1.3 by its size; of TLS 1.2 by its type
	Tickets         Kind = "session-ticket"  // by their size and place; a guess
	Request         Kind = "request"         // bytes toward the server that are, or look like, a request
	Response        Kind = "response"        // bytes toward the client that are, or look like, an answer
	NotTLS          Kind = "not-tls"         // an answer to a ClientHello that is no TLS
	Data            Kind = "data"            // bytes of an unknown protocol
	Again           Kind = "again"           // a retransmission
	Acknowledged    Kind = "acknowledged"    // an ACK without data that is worth telling: of the ClientHello, of a request
	KeepAlive       Kind = "keep-alive"      // a TCP keep-alive probe
	Gap             Kind = "gap"             // bytes that are missing in the capture, although they were acknowledged
	FIN             Kind = "fin"
	RST             Kind = "rst"
)

// Event is one remarkable moment of a connection.
type Event struct {
	Kind   Kind          `json:"kind"`
	From   Side          `json:"from"`
	Time   time.Time     `json:"time"`
	After  time.Duration `json:"after_ns"` // since the start of the connection
	Packet int           `json:"packet"`   // the last packet it consists of
	// First is the first packet of an event that consists of several, else as Packet.
	First  int    `json:"first_packet"`
	Length int    `json:"length,omitempty"` // bytes: of the message, or of the segment
	Detail string `json:"detail,omitempty"` // an alert's name, a request line, what is sent again; printable characters only
}

// ClientHello is what the client offers, RFC 8446 section 4.1.2.
type ClientHello struct {
	Packet     int      `json:"packet"` // the one that completes it
	Length     int      `json:"length"` // with the headers of its records, in bytes
	ServerName string   `json:"server_name,omitempty"`
	Versions   []string `json:"versions"` // "TLS 1.3", the best first
	ALPN       []string `json:"alpn,omitempty"`
	// AcknowledgedBy is the first packet that acknowledges all of it; 0: none does.
	AcknowledgedBy int `json:"acknowledged_by,omitempty"`
	// SentAgain are the packets that repeat it or a part of it, and when, since it was first sent.
	SentAgain []Repeat `json:"sent_again,omitempty"`
}

// Repeat is one retransmission.
type Repeat struct {
	Packet int           `json:"packet"`
	After  time.Duration `json:"after_ns"`
}

// ServerHello is what the server chose, RFC 8446 section 4.1.3.
type ServerHello struct {
	Packet  int    `json:"packet"`
	Version string `json:"version"`
	Cipher  string `json:"cipher"`
}

// Certificate is the certificate of the server, as far as it matters for a verdict.
type Certificate struct {
	Packet    int       `json:"packet"`
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names"` // DNS names and addresses it is valid for
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Chain     int       `json:"chain"` // number of certificates sent
}
