package systemlog

import (
	"slices"
	"strings"
	"testing"
)

func TestAnEventWrittenInPartIsWholeAfterARewind(t *testing.T) {
	var b batch
	b.add([]byte("first\n"))
	b.add([]byte("second\n"))
	if events, bytes := b.advance(9); events != 1 || bytes != 6 {
		t.Errorf("completed %d events of %d bytes", events, bytes)
	}
	if got := string(b.chunk()); got != "ond\n" {
		t.Errorf("goes on with %q", got)
	}
	b.rewind()
	if got := string(b.chunk()); got != "second\n" {
		t.Errorf("after the rewind goes on with %q", got)
	}
	if events, bytes := b.skip(); events != 1 || bytes != 7 || !b.done() {
		t.Errorf("skipped %d events of %d bytes", events, bytes)
	}
}

func TestChunksAreBoundedAndEndBetweenEvents(t *testing.T) {
	var b batch
	long := strings.Repeat("x", chunkSize+1) + "\n"
	for _, line := range []string{"a\n", long, "b\n", "c\n", strings.Repeat("y", chunkSize-2) + "\n", "d\n"} {
		b.add([]byte(line))
	}
	var sizes []int
	for !b.done() {
		chunk := b.chunk()
		if chunk[len(chunk)-1] != '\n' {
			t.Errorf("chunk ends with %q", chunk[len(chunk)-1])
		}
		sizes = append(sizes, len(chunk))
		b.advance(len(chunk))
	}
	if want := []int{2, chunkSize + 2, 4, chunkSize - 1, 2}; !slices.Equal(sizes, want) {
		t.Errorf("chunks of %v bytes, want %v", sizes, want)
	}
}

func TestABurstDoesNotKeepItsMemory(t *testing.T) {
	var b batch
	b.add([]byte("small\n"))
	b.reset()
	if cap(b.data) == 0 || len(b.data)+len(b.ends)+b.off+b.next != 0 {
		t.Errorf("a small buffer is used again, emptied: %+v", b)
	}
	b.add(make([]byte, keptBuffer+1))
	b.advance(10)
	b.reset()
	if cap(b.data) != 0 || b.off != 0 {
		t.Errorf("a large one is not: %d bytes", cap(b.data))
	}
}
