package systemlog

import (
	"strconv"
	"strings"
	"time"
)

// Channel is a connection to a target as the message of an event describes it. Addresses stay text, because quoted lines mask
// them (X.X.X.X:443). Values the line does not have are zero.
type Channel struct {
	Secure                  bool // SSLClientChannel, over TLS
	ID                      uint64
	Remote, Local           string
	UseCount                int
	BytesRead, BytesWritten int64
	Age, LastIO             time.Duration
	Open                    bool
	Tail                    string // what follows the description: "handshake timeout", ".onTimeoutRead"
}

const channelWord = "ClientChannel["

// ParseChannel finds the first channel description in message, in the present form
//
//	SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@739028 useCount=1 ... isOpen=true handshake timeout
//
// or the older one, in which, despite the words, "C:" is the target and "Remote host:" the local side:
//
//	SSLClientChannel[C:203.0.113.7:443 Remote host:10.0.0.5:38302]@120171 useCount=2 ... lastIO=55000ms .onTimeoutRead
func ParseChannel(message string) (Channel, bool) {
	before, after, found := strings.Cut(message, channelWord)
	ends, after, closed := strings.Cut(after, "]@")
	if !found || !closed {
		return Channel{}, false
	}
	c := Channel{Secure: strings.HasSuffix(before, "SSL")}
	var ok bool
	if c.Remote, c.Local, ok = channelEnds(ends); !ok {
		return Channel{}, false
	}
	digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
	var err error
	if c.ID, err = strconv.ParseUint(after[:digits], 10, 64); err != nil {
		return Channel{}, false
	}
	c.Tail = c.readCounters(after[digits:])
	return c, true
}

func channelEnds(s string) (remote, local string, ok bool) {
	if present, found := strings.CutPrefix(s, "Connected: Remote:"); found {
		return strings.Cut(present, " Local:")
	}
	if older, found := strings.CutPrefix(s, "C:"); found {
		return strings.Cut(older, " Remote host:")
	}
	return "", "", false
}

// readCounters reads name=value pairs up to the first word that is none, and returns the rest.
func (c *Channel) readCounters(s string) (tail string) {
	for {
		s = strings.TrimSpace(s)
		pair, rest, _ := strings.Cut(s, " ")
		name, value, _ := strings.Cut(pair, "=")
		if !c.setCounter(name, strings.TrimRight(value, ")")) { // one of the original's lines puts the channel in brackets
			return s
		}
		s = rest
	}
}

func (c *Channel) setCounter(name, value string) bool {
	var err error
	switch name {
	case FieldUseCount:
		c.UseCount, err = strconv.Atoi(value)
	case FieldBytesRead:
		c.BytesRead, err = strconv.ParseInt(value, 10, 64)
	case FieldBytesWritten:
		c.BytesWritten, err = strconv.ParseInt(value, 10, 64)
	case FieldAge:
		c.Age, err = parseMS(value)
	case FieldLastIO:
		c.LastIO, err = parseMS(value)
	case FieldIsOpen:
		c.Open, err = strconv.ParseBool(value)
	default:
		return false
	}
	return err == nil
}

func parseMS(value string) (time.Duration, error) {
	ms, err := strconv.ParseUint(strings.TrimSuffix(value, "ms"), 10, 40)
	return time.Duration(ms) * time.Millisecond, err
}
