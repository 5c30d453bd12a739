package lab

// uncompressed is a body in none of the codings that Content-Encoding can name. Its first byte can begin neither a gzip
// member (RFC 1952) nor a zlib stream (RFC 1950), and as a deflate block (RFC 1951 section 3.2.3) it has the reserved type.
const uncompressed = "only text, not compressed at all\n"

// canned gives every request the same answer.
type canned struct {
	head   string // status line and fields, each with its CRLF; Content-Length is added
	body   string
	closes bool // after the answer: the client cannot know where it ended
}

func (b canned) open(p place) (endpoint, error) {
	return p.listenExchanges(func(x *exchange) bool { return x.answer(b.head, b.body) && !b.closes })
}
