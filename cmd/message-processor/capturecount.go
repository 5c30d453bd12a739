package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"message-processor/faults/diagnosis/capture"
)

// showCount shows how many packets there are, while somebody looks at a terminal, until it is told to stop.
func showCount(w io.Writer, r *capture.Recording) (stop func()) {
	if !attended(w) {
		return func() {}
	}
	ended, cleared := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(cleared)
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			fmt.Fprintf(w, "\r%s, %d bytes ", count(int(r.Packets()), "packet"), r.Bytes())
			select {
			case <-tick.C:
			case <-ended:
				tick.Stop()
				fmt.Fprint(w, "\r\x1b[K")
				return
			}
		}
	}()
	return func() {
		close(ended)
		<-cleared
	}
}

// attended tells whether w is a terminal.
func attended(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
