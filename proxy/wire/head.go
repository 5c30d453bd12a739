package wire

import "slices"

// Limits bounds a head. Both are exact: so many bytes are accepted, one more is refused. The zero value accepts none.
type Limits struct {
	Line    int // bytes of the start line, without its CRLF
	Headers int // bytes of all field lines with their CRLFs; the empty line at the end does not count
}

// maxFields bounds the field lines of a head, and of a trailer section.
const maxFields = 512

// usualFields is the room for field lines kept from scan to scan. A head with more gets room of its own.
const usualFields = 64

// firstFields is the room that a head begins with: enough for a program's, and as much as fits into 576 bytes. A browser's
// makes it grow, once in a connection.
const firstFields = 7

// Head is what requests and responses share. All slices point into the scanned buffer.
type Head struct {
	Raw     []byte  // the whole head: start line to empty line
	Fields  []Field // in the order they came; reused by the next scan
	Minor   int     // 0 or 1: HTTP/1.Minor
	Framing Framing
	Length  int64 // value of Content-Length, 0 if absent; ends the body if Framing is Length
	Close   bool  // the sender will not, or by its version must not, use the connection after this message

	present, repeated fieldSet
	options           optionSet
}

// Get returns the value of the first field with this id, nil if absent. An empty value is not nil.
func (h *Head) Get(id FieldID) []byte {
	if !h.present.has(id) {
		return nil
	}
	for i := range h.Fields {
		if h.Fields[i].ID == id {
			return h.Fields[i].Value
		}
	}
	return nil
}

// Has tells whether there is a field with this id.
func (h *Head) Has(id FieldID) bool { return h.present.has(id) }

// reset forgets the last head and keeps its room.
func (h *Head) reset() {
	fields := h.Fields[:0]
	if cap(fields) == 0 || cap(fields) > usualFields {
		fields = make([]Field, 0, firstFields)
	}
	*h = Head{Fields: fields}
}

// add appends one field line.
func (h *Head) add(line []byte) error {
	if len(h.Fields) == maxFields {
		return tooManyFields()
	}
	n := len(h.Fields)
	h.Fields = slices.Grow(h.Fields, 1)[:n+1]
	f := &h.Fields[n]
	if err := f.parse(line); err != nil {
		h.Fields = h.Fields[:n]
		return err
	}
	bit := fieldSet(1) << f.ID
	h.repeated |= h.present & bit
	h.present |= bit
	return nil
}
