package proxy

import (
	"fmt"
	"strings"

	"message-processor/faults"
)

// hostileRequests are all cases, by class.
func hostileRequests() []hostile {
	var all []hostile
	for _, class := range [][]hostile{
		badLengths(), lengthsTwice(), codings(), lengthsWithCodings(), badChunks(), badTrailers(),
		badNames(), badValues(), badFields(), badRequestLines(), badVersions(), badHosts(), badMethods(), badMaxForwards(),
		climbingPaths(), tooBig(),
	} {
		all = append(all, class...)
	}
	return all
}

// post is a request with these field lines and this body.
func post(fields, body string) string {
	return "POST /v1/orders/bad HTTP/1.1\r\nHost: gateway\r\n" + fields + "\r\n\r\n" + body
}

// badLengths are Content-Length values that are no number of bytes, with the body that some reader would see.
func badLengths() []hostile {
	var all []hostile
	for _, value := range []string{
		"", "-1", "-0", "+5", "0x5", "0b1", "0o5", "5_0", "5 5", "5,5", "5, 5", "5;", "5;q=1", "5a", "a5", "a", "1e1", "5.0", ".5",
		"5.", "NaN", "Infinity", "chunked", "5 chunked", `"5"`, "'5'", "(5)", "５", "−5", "5\u00a0", "\xa05", "5%20", "%35",
		"9223372036854775808", "18446744073709551621", "99999999999999999999999999", "5\x00", "\x005", "\x0b5", "5\x0c", "5\r", "\r5",
		"5\r6", "5\n6", "5=5", "$5", "5/1", "0-5", "5\x7f",
	} {
		all = append(all, hostile{"Content-Length: " + value, post("Content-Length: "+value, "hello"), faults.MalformedRequest})
	}
	return all
}

// lengthsTwice are requests with more than one length: even equal ones are refused, because someone behind may take another.
func lengthsTwice() []hostile {
	var all []hostile
	for _, second := range []string{
		"Content-Length: 5", "Content-Length: 6", "Content-Length: 0", "Content-Length:", "content-length: 5", "CONTENT-LENGTH: 44",
		"X: y\r\nContent-Length: 6", "Content-length:5", "Content-Length: 5\r\nContent-Length: 5",
	} {
		all = append(all, hostile{"twice, " + second, post("Content-Length: 5\r\n"+second, "hello"), faults.MalformedRequest})
	}
	return all
}

// obfuscated are Transfer-Encoding lines that some reader takes for "chunked" and another for nothing.
func obfuscated() map[string]faults.ID {
	const malformed, name, nonASCII = faults.MalformedRequest, faults.HeaderInvalidChar, faults.HeaderNameNonASCII
	return map[string]faults.ID{
		"Transfer-Encoding: xchunked": malformed, "Transfer-Encoding: chunkedx": malformed, "Transfer-Encoding: cow": malformed,
		"Transfer-Encoding:": malformed, "Transfer-Encoding: identity": malformed, "Transfer-Encoding: gzip": malformed,
		"Transfer-Encoding: chunked, identity": malformed, "Transfer-Encoding: identity, chunked": malformed,
		"Transfer-Encoding: gzip, chunked": malformed, "Transfer-Encoding: chunked, chunked": malformed,
		"Transfer-Encoding: chunked,": malformed, "Transfer-Encoding: ,chunked": malformed, "Transfer-Encoding: chunked;q=1": malformed,
		`Transfer-Encoding: "chunked"`: malformed, "Transfer-Encoding: 'chunked'": malformed, "Transfer-Encoding: chun ked": malformed,
		"Transfer-Encoding: chunked\x00": malformed, "Transfer-Encoding: \x00chunked": malformed,
		"Transfer-Encoding: \x0bchunked": malformed, "Transfer-Encoding: chunked\x0c": malformed,
		"Transfer-Encoding: \u00a0chunked": malformed, "Transfer-Encoding: chunke\u0000d": malformed,
		"Transfer-Encoding: chunked\r": malformed, "Transfer-Encoding: \rchunked": malformed, "Transfer-Encoding:\r\n chunked": malformed,
		"Transfer-Encoding:\r\n\tchunked": malformed, "Transfer-Encoding:\n chunked": malformed,
		"X: y\nTransfer-Encoding: chunked": malformed, "X: y\rTransfer-Encoding: chunked": malformed,
		"Transfer-Encoding: chunked\nX: y":                          malformed,
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked":  malformed,
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity": malformed,
		"Transfer-Encoding: identity\r\ntransfer-encoding: chunked": malformed,
		" Transfer-Encoding: chunked":                               malformed, "X: y\r\n Transfer-Encoding: chunked": malformed,
		"Transfer-Encoding\r: chunked": malformed, "Transfer-Encoding\r\n: chunked": malformed,
		"Transfer-Encoding : chunked": name, "Transfer-Encoding\t: chunked": name, "Transfer-Encoding\x0b: chunked": name,
		"Transfer Encoding: chunked": name, "Transfer-Encoding\x00: chunked": name, "\x00Transfer-Encoding: chunked": name,
		"Transfer-Encoding=: chunked": name, "Transfer-Encoding;x: chunked": name, "\"Transfer-Encoding\": chunked": name,
		"Transfer-Encoding\x80: chunked": nonASCII, "Tr\u0430nsfer-Encoding: chunked": nonASCII, "\ufeffTransfer-Encoding: chunked": nonASCII,
	}
}

// chunkedBody is what readers of "chunked" see as a whole body, and others as five bytes and another request.
const chunkedBody = "5\r\nhello\r\n0\r\n\r\n"

func codings() []hostile {
	all := []hostile{{"chunked in HTTP/1.0",
		strings.Replace(post("Transfer-Encoding: chunked", chunkedBody), "1.1", "1.0", 1), faults.MalformedRequest}}
	for line, want := range obfuscated() {
		all = append(all, hostile{"coding alone", post(line, chunkedBody), want})
	}
	return all
}

func lengthsWithCodings() []hostile {
	lines := obfuscated()
	for _, valid := range []string{"Transfer-Encoding: chunked", "transfer-encoding:chunked", "TRANSFER-ENCODING:\tCHUNKED "} {
		lines[valid] = faults.MalformedRequest
	}
	var all []hostile
	for line, want := range lines {
		all = append(all, hostile{"length before coding", post("Content-Length: 5\r\n"+line, chunkedBody), want},
			hostile{"coding before length", post(line+"\r\nContent-Length: 15", chunkedBody), want})
	}
	return all
}

// badChunks are chunked bodies that end elsewhere for another reader.
func badChunks() []hostile {
	var all []hostile
	for _, body := range []string{
		"\r\n", "g\r\nhello\r\n", "0x5\r\nhello\r\n", "-5\r\nhello\r\n", "+5\r\nhello\r\n", " 5\r\nhello\r\n", "5 5\r\nhello\r\n",
		"5.\r\nhello\r\n", "5,\r\nhello\r\n", "5\x00\r\nhello\r\n", "５\r\nhello\r\n", "5_\r\nhello\r\n", "5 x\r\nhello\r\n",
		"00000000000000005\r\nhello\r\n", "11111111111111111\r\nhello\r\n", "ffffffffffffffff\r\nhello\r\n",
		"8000000000000000\r\nhello\r\n", "-0\r\n\r\n", "0 0\r\n\r\n",
		"5\nhello\r\n", "5\rhello\r\n", "5\r\rhello\r\n", "5\n\nhello\r\n", "5;x\nhello\r\n", "5;x\ry\r\nhello\r\n", "5;x\x00\r\nhello\r\n",
		"5; x=\"\n\"\r\nhello\r\n", "5" + strings.Repeat(" ", 300) + "\r\nhello\r\n", "5;" + strings.Repeat("x", 300) + "\r\nhello\r\n",
		"5\r\nhello\n", "5\r\nhello\r", "5\r\nhelloXX", "5\r\nhello0\r\n", "3\r\nhello\r\n", "7\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\r",
		"5\r\nhello\n\r", "5\r\nhello\r\n\r\n0\r\n\r\n", "5\r\nhello\r\n0\n\n", "5\r\nhello\r\n0\r\r\n", "5\r\nhello\r\n0\r\n\n",
		"5\r\nhello\r\nGET\r\n", "5\r\nhello\r\n;\r\n", "\n5\r\nhello\r\n",
	} {
		all = append(all, hostile{"chunks", post("Transfer-Encoding: chunked", body), faults.MalformedRequest})
	}
	// Each chunk is fine, but all of them together are a way to send much and say little.
	wordy := strings.Repeat("1;"+strings.Repeat("x", 250)+"\r\ny\r\n", 100)
	return append(all, hostile{"extensions", post("Transfer-Encoding: chunked", wordy), faults.MalformedRequest})
}

func badTrailers() []hostile {
	var all []hostile
	for trailers, want := range map[string]faults.ID{
		"no colon\r\n": faults.MalformedRequest, "X: \x00\r\n": faults.MalformedRequest, "X: y\n": faults.MalformedRequest,
		" folded: y\r\n": faults.MalformedRequest, "X: y\r\n\tfolded\r\n": faults.MalformedRequest, "X: a\rb\r\n": faults.MalformedRequest,
		": y\r\n": faults.EmptyHeaderName, "X : y\r\n": faults.HeaderInvalidChar, "X\x80: y\r\n": faults.HeaderNameNonASCII,
		"X: " + strings.Repeat("y", 2000) + "\r\n": faults.RequestHeadersTooBig,
		strings.Repeat("X: y\r\n", 400):            faults.RequestHeadersTooBig,
	} {
		all = append(all, hostile{"trailers", post("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n"+trailers+"\r\n"), want})
	}
	return all
}

func tooBig() []hostile {
	long := strings.Repeat("x", 3000)
	many := strings.Repeat("x:\r\n", 513)
	return []hostile{
		{"target", "GET /v1/orders/bad?" + long + " HTTP/1.1\r\nHost: gateway\r\n\r\n", faults.RequestLineTooBig},
		{"method", long + " /v1/orders/bad HTTP/1.1\r\nHost: gateway\r\n\r\n", faults.RequestLineTooBig},
		{"garbage without an end", strings.Repeat("x", 5000), faults.RequestLineTooBig},
		{"field", post("X: "+long, ""), faults.RequestHeadersTooBig},
		{"field name", post(long+": x", ""), faults.RequestHeadersTooBig},
		{"fields", post(strings.Repeat("X: y\r\n", 500)+"X: y", ""), faults.RequestHeadersTooBig},
		{"more than 512 fields", post(many+"x:", ""), faults.RequestHeadersTooBig},
		{"body by its length", post("Content-Length: 1001", ""), faults.RequestBodyTooBig},
		{"body by its length, far", post("Content-Length: 9223372036854775807", ""), faults.RequestBodyTooBig},
		{"body by its chunk", post("Transfer-Encoding: chunked", "3e9\r\n"), faults.RequestBodyTooBig},
		{"body by many chunks", post("Transfer-Encoding: chunked", strings.Repeat("a\r\n0123456789\r\n", 101)), faults.RequestBodyTooBig},
		{"chunk of 2^60", post("Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n", 1<<60)), faults.RequestBodyTooBig},
	}
}
