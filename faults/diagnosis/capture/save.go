package capture

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of the directory, beyond which the oldest captures are deleted.
const (
	directoryBytes = 256 << 20
	directoryFiles = 1000
)

// unfinished files begin with this.
const unfinished = ".unfinished-"

// openDirectory makes the directory of captures, for the owner only, and removes what a sudden end has left half-written.
func openDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if name, ok := strings.CutPrefix(e.Name(), unfinished); ok && isCapture(name) {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
	return err
}

// save writes the capture of one message id. It appears under its name when it is complete.
func save(dir, messageID string, packets []packet, secrets []byte) (err error) {
	if !messageIDs.MatchString(messageID) {
		return errors.New("not a message id")
	}
	name := messageID + extension
	temporary := filepath.Join(dir, unfinished+name)
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err == nil {
			err = os.Rename(temporary, filepath.Join(dir, name))
		}
		if err != nil {
			os.Remove(temporary)
		}
	}()
	to, err := startFile(file, about{comment: messageID, snapshot: DefaultSnapLength, secrets: secrets})
	if err != nil {
		return err
	}
	for i := range packets {
		if err := to.write(&packets[i]); err != nil {
			return err
		}
	}
	return to.to.Flush()
}

// prune deletes the oldest captures until the rest is within bounds. Files that are no captures are not touched.
func prune(dir string, bytes int64, files int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var captures []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && isCapture(e.Name()) && info.Mode().IsRegular() {
			captures = append(captures, info)
			bytes -= info.Size()
		}
	}
	slices.SortFunc(captures, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for files = len(captures) - files; len(captures) > 0 && (bytes < 0 || files > 0); files-- {
		if err := os.Remove(filepath.Join(dir, captures[0].Name())); err != nil {
			return err
		}
		bytes += captures[0].Size()
		captures = captures[1:]
	}
	return nil
}
