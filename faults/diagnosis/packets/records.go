package packets

// The types of TLS records, RFC 8446 section 5.1.
const (
	recordChange    = 20 // change_cipher_spec
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
	recordBeat      = 24 // heartbeat

	recordHead = 5            // bytes before the content
	maxRecord  = 1<<14 + 2048 // bytes of content, RFC 5246 section 6.2.3
)

// records finds the TLS records in the bytes of one side.
type records struct {
	head    [recordHead]byte
	had     int    // bytes of the head
	left    int    // bytes of the content still to come
	body    []byte // content that is looked into
	first   moment // of the record
	started bool   // any byte was seen
	broken  bool   // what comes is no TLS, or its records can no longer be found
}

// record is a whole TLS record.
type record struct {
	kind   byte
	length int    // of its content
	body   []byte // of handshake messages and alerts
	first  moment // its first byte
	moment        // its last byte
}

// take reads bytes until a record is complete, and returns what is left of them.
func (r *records) take(data []byte, m moment) (rest []byte, complete *record) {
	for len(data) > 0 && !r.broken {
		if r.had < recordHead {
			if r.had == 0 {
				r.first, r.started = m, true
			}
			n := copy(r.head[r.had:], data)
			r.had += n
			data = data[n:]
			if r.had < recordHead || !r.begin() {
				continue
			}
		}
		n := min(r.left, len(data))
		if r.looked() {
			r.body = append(r.body, data[:n]...)
		}
		r.left -= n
		data = data[n:]
		if r.left == 0 {
			return data, r.finish(m)
		}
	}
	return nil, nil
}

// begin looks at a complete head. One that makes no sense ends the reading.
func (r *records) begin() bool {
	r.left = int(r.head[3])<<8 | int(r.head[4])
	r.body = r.body[:0]
	kind := r.head[0]
	if kind < recordChange || kind > recordBeat || r.head[1] != 3 || r.left > maxRecord {
		r.broken = true
		return false
	}
	return true
}

func (r *records) looked() bool { return r.head[0] == recordHandshake || r.head[0] == recordAlert }

func (r *records) finish(m moment) *record {
	r.had = 0
	return &record{kind: r.head[0], length: int(r.head[3])<<8 | int(r.head[4]), body: r.body, first: r.first, moment: m}
}

// hole passes over bytes that were not captured. Within the content of a record that is not looked into this does no harm.
func (r *records) hole(n int) {
	if r.had == recordHead && n < r.left && !r.looked() {
		r.left -= n
		return
	}
	r.broken = true
}

// message is one message of the TLS handshake.
type message struct {
	kind   byte
	length int // as it says
	body   []byte
	first  moment
	moment
}

// messages puts handshake messages together, which can span records and share one.
type messages struct {
	buffer []byte
	first  moment
	broken bool
}

const messageHead = 4 // bytes: type and length

// take adds the content of a record and returns the messages that are complete.
func (b *messages) take(r *record) (complete []message) {
	if b.broken {
		return nil
	}
	if len(b.buffer) == 0 {
		b.first = r.first
	}
	b.buffer = append(b.buffer, r.body...)
	for len(b.buffer) >= messageHead {
		length := int(b.buffer[1])<<16 | int(b.buffer[2])<<8 | int(b.buffer[3])
		if length > maxMessage {
			b.broken, b.buffer = true, nil
			break
		}
		if len(b.buffer) < messageHead+length {
			break
		}
		body := append([]byte(nil), b.buffer[messageHead:messageHead+length]...)
		complete = append(complete, message{b.buffer[0], length, body, b.first, r.moment})
		b.buffer, b.first = b.buffer[messageHead+length:], r.first
	}
	return complete
}
