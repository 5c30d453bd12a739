package management

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
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
