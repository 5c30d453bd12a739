package management

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"message-processor/faults/diagnosis/packets"
)

// What a page reads of a capture: more than the gateway writes of one connection, and no longer than a reader waits.
const (
	analyzedBytes = 64 << 20
	analysisTime  = 3 * time.Second
)

// captures serves the packets of faulty transactions, for Wireshark.
type captures struct{ o Options }

// serve answers with the capture of the message id in the path. Which file that is, Options.Capture alone decides: nothing
// of the request becomes part of a file's path here.
func (c captures) serve(w http.ResponseWriter, r *http.Request) {
	path := c.o.Capture(strings.TrimSuffix(r.PathValue("id"), ".pcapng"))
	if path == "" {
		refuse(w, http.StatusNotFound, noResource, "There is no packet capture of this message id")
		return
	}
	file, err := os.Open(path)
	if err != nil {
		refuse(w, http.StatusNotFound, noResource, "The packet capture of this message id cannot be read")
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		refuse(w, http.StatusNotFound, noResource, "There is no packet capture of this message id")
		return
	}
	w.Header().Set("Content-Type", "application/x-pcapng")
	w.Header().Set("Content-Disposition", `attachment; filename="`+filepath.Base(path)+`"`)
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", info.ModTime(), file)
}

// analysis is what `analyze` says of the capture of a message id, "" without one.
func (c captures) analysis(ctx context.Context, messageID string) string {
	path := c.o.Capture(messageID)
	if path == "" {
		return ""
	}
	file, err := os.Open(path)
	if err != nil {
		return "The capture cannot be opened."
	}
	defer file.Close()
	ctx, cancel := context.WithTimeout(ctx, analysisTime)
	defer cancel()
	report, err := packets.Read(ctx, io.LimitReader(file, analyzedBytes))
	if err != nil {
		return "The capture cannot be read: " + err.Error()
	}
	var text strings.Builder
	report.WriteText(&text) // a Builder takes everything
	return text.String()
}
