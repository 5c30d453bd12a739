package gather

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxCapture is how much of a capture is taken, in bytes.
const maxCapture = 64 << 20

// addCapture adds the packets without what they could give away.
func (g *gathering) addCapture(context.Context) error {
	path := g.Capture
	if path == "" {
		path = g.ownCapture()
	}
	if path == "" {
		g.lacks("packet capture", "the gateway has none of this call; capture while it fails and add it with --capture, from the backend's machine by preference")
		return nil
	}
	raw, cut, err := readBounded(path, maxCapture)
	if err != nil {
		g.lacks("packet capture", "%v", err)
		return nil
	}
	clean, err := cleanCapture(raw)
	if err != nil {
		g.lacks("packet capture", "%s is left out: %v", path, err)
		return nil
	}
	name := "capture." + clean.extension
	g.archive.addBytes(name, "the packets, for Wireshark; without TLS secrets and without what was sent in the clear", clean.out)
	g.capture = true
	g.say("took %d packets from %s", clean.packets, path)
	g.noteCapture(clean, cut)
	return nil
}

// noteCapture says what was done to the packets.
func (g *gathering) noteCapture(c capture, cut bool) {
	if c.secrets > 0 {
		g.note("The TLS session secrets embedded in the capture were left out: whoever has them can read the traffic.")
	}
	if c.blanked > 0 {
		g.note("In %d packets of the capture the payload is overwritten with asterisks, because it was not encrypted; lengths and times are as they were, checksums no longer match.", c.blanked)
	}
	if c.dropped > 0 {
		g.note("%d blocks of the capture that are no packets were left out.", c.dropped)
	}
	if cut {
		g.note("The capture is cut: only its first %d MiB were taken.", maxCapture>>20)
	} else if c.damaged >= 0 {
		g.note("The capture is damaged at byte %d; what stands before is there.", c.damaged)
	}
}

// ownCapture is the capture that the gateway made of the call, "" if there is none that can be read here.
func (g *gathering) ownCapture() string {
	for _, directory := range []string{g.about.CaptureDirectory, g.about.configured.captures} {
		path := filepath.Join(directory, g.MessageID+".pcapng")
		if info, err := os.Stat(path); directory != "" && err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// readBounded reads at most limit bytes of a regular file, and tells whether there is more.
func readBounded(path string, limit int64) (content []byte, more bool, err error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	if err != nil {
		return nil, false, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	content, err = io.ReadAll(io.LimitReader(file, limit+1))
	if int64(len(content)) > limit {
		return content[:limit], true, err
	}
	return content, false, err
}

// capture is a capture that was made clean.
type capture struct {
	out       []byte
	extension string // pcapng or pcap
	packets   int
	blanked   int // packets whose payload was overwritten
	secrets   int // blocks of TLS secrets left out
	dropped   int // other blocks left out
	damaged   int // offset of what could not be read, -1 if all could
}

var errNoCapture = errors.New("it is neither pcapng nor pcap")

// cleanCapture makes a capture fit to be given away. It understands pcapng and pcap, in either byte order.
func cleanCapture(raw []byte) (capture, error) {
	if len(raw) >= 12 && string(raw[:4]) == sectionMagic {
		return cleanPcapng(raw)
	}
	return cleanPcap(raw)
}
