package wire

import "bytes"

// optionSet holds the Connection options that have a meaning of their own (RFC 9110 7.6.1, RFC 9112 9).
type optionSet uint8

const (
	optionClose optionSet = 1 << iota
	optionKeepAlive
	optionUpgrade
)

// maxOptions bounds the Connection options of one head: each is compared with every field name.
const maxOptions = 64

// connect reads all Connection fields: it marks the fields they name and finds out whether the sender goes on.
func (h *Head) connect() error {
	if h.Has(Connection) {
		if err := h.readOptions(); err != nil {
			return err
		}
	}
	persistent := h.Minor == 1 || h.options&optionKeepAlive != 0
	h.Close = !persistent || h.options&optionClose != 0
	return nil
}

func (h *Head) readOptions() error {
	count := 0
	for i := range h.Fields {
		if h.Fields[i].ID != Connection {
			continue
		}
		for rest := h.Fields[i].Value; len(rest) > 0; {
			var option []byte
			option, rest = element(rest)
			if count++; count > maxOptions {
				return malformed("too many Connection options")
			}
			h.readOption(option)
		}
	}
	return nil
}

func (h *Head) readOption(option []byte) {
	switch {
	case EqualFold(option, "keep-alive"):
		h.options |= optionKeepAlive
		return
	case EqualFold(option, "upgrade"):
		h.options |= optionUpgrade
		return
	case EqualFold(option, "close"):
		h.options |= optionClose
	}
	for i := range h.Fields {
		if f := &h.Fields[i]; !protected.has(f.ID) && equalFold(f.Name, option) {
			f.Hop = true
		}
	}
}

// names tells whether a Connection field of h names this field, so that it ends here: in the trailers, too (RFC 9110
// 7.6.1).
func (h *Head) names(name []byte) bool {
	for i := range h.Fields {
		if h.Fields[i].ID == Connection && lists(h.Fields[i].Value, name) {
			return true
		}
	}
	return false
}

// upgrade returns the protocols the sender wants to change to: Upgrade counts only if Connection lists it, and never in
// HTTP/1.0 (RFC 9110 7.8). A repeated field is ignored, as a receiver may.
func (h *Head) upgrade() []byte {
	if h.Minor == 0 || h.options&optionUpgrade == 0 || h.repeated.has(Upgrade) || len(h.Get(Upgrade)) == 0 {
		return nil
	}
	return h.Get(Upgrade)
}

// element cuts the first element off a comma-separated list (RFC 9110 5.6.1). It may be empty.
func element(list []byte) (first, rest []byte) {
	if i := bytes.IndexByte(list, ','); i >= 0 {
		return trim(list[:i]), list[i+1:]
	}
	return trim(list), nil
}

// lists tells whether a list has this element, ignoring case.
func lists(list, want []byte) bool {
	for len(list) > 0 {
		var e []byte
		if e, list = element(list); equalFold(e, want) {
			return true
		}
	}
	return false
}
