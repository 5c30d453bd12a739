package capture

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// extension of the captures that a Watch writes.
const extension = ".pcapng"

// messageIDs is how they are made: host name, process, connection, request (contract section 4). Nothing else becomes a
// file name, and no other file is ever deleted.
var messageIDs = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}-[0-9]{1,20}-[0-9]{1,20}-[0-9]{1,20}$`)

// Find tells where the capture of a message id is, if there is one. The id may come from anywhere: one that is no message id
// finds nothing.
func Find(dir, messageID string) (path string, found bool) {
	if dir == "" || !messageIDs.MatchString(messageID) {
		return "", false
	}
	path = filepath.Join(dir, messageID+extension)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	return path, true
}

// isCapture tells whether a file's name is one that a Watch gives.
func isCapture(name string) bool {
	id, ok := strings.CutSuffix(name, extension)
	return ok && messageIDs.MatchString(id)
}
