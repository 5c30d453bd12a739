package packets

import (
	"context"
	"io"
)

// Read reads a capture to its end, or to where it is damaged, which is no error but in the report. An error means that the
// input is no capture at all, cannot be read, or that ctx has ended.
func Read(ctx context.Context, r io.Reader) (*Report, error) {
	return nil, io.ErrUnexpectedEOF
}
