package gather

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"message-processor/tracing/secret"
)

// ManifestName is the file of the archive that lists the others.
const ManifestName = "manifest.json"

// minSecret is how long a word must be to be taken out wherever it stands, in bytes: shorter ones are parts of words.
const minSecret = 5

// File is one file of the archive, as the manifest has it.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // hex
	About  string `json:"about"`  // what it is, for people
}

type entry struct {
	File
	content []byte
}

// archive is what will be in the zip. It is bounded because everything that goes in is.
type archive struct {
	entries []entry
	secrets []string
}

// add puts a clean text in.
func (a *archive) add(name, about string, content []byte) {
	for _, word := range a.secrets {
		if len(word) >= minSecret {
			content = bytes.ReplaceAll(content, []byte(word), []byte(secret.Stars))
		}
	}
	a.addBytes(name, about, content)
}

// addBytes puts in what is no text.
func (a *archive) addBytes(name, about string, content []byte) {
	sum := sha256.Sum256(content)
	a.entries = append(a.entries, entry{File{name, int64(len(content)), hex.EncodeToString(sum[:]), about}, content})
}

func (a *archive) find(name string) *entry {
	for i := range a.entries {
		if a.entries[i].Name == name {
			return &a.entries[i]
		}
	}
	return nil
}

func (a *archive) list() []File {
	files := make([]File, len(a.entries))
	for i := range a.entries {
		files[i] = a.entries[i].File
	}
	return files
}

// addManifest lists every file that is in by now.
func (a *archive) addManifest(messageID string, at time.Time) error {
	text, err := json.MarshalIndent(struct {
		MessageID string    `json:"message_id"`
		Created   time.Time `json:"created"`
		Files     []File    `json:"files"`
	}{messageID, at, a.list()}, "", "  ")
	if err != nil {
		return err
	}
	a.addBytes(ManifestName, "size and SHA-256 of every other file", append(text, '\n'))
	return nil
}

// mayWrite looks before anything is gathered.
func mayWrite(output string) error {
	if _, err := os.Lstat(output); err == nil {
		return fmt.Errorf("%s: %w", output, ErrExists)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	directory := filepath.Dir(output)
	if info, err := os.Stat(directory); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no directory", directory)
	}
	return nil
}

// write makes the zip in a temporary file beside its place, with mode 0600, and gives it its name when it is complete
// and on the disk. The name is given by a link, which, other than a rename, never replaces a file that came meanwhile.
func (a *archive) write(ctx context.Context, output string) (size int64, err error) {
	file, err := os.CreateTemp(filepath.Dir(output), ".gather-*.zip")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err = a.zipTo(ctx, file); err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if err := errors.Join(file.Sync(), file.Close(), ctx.Err()); err != nil {
		return 0, err
	}
	return info.Size(), name(file.Name(), output)
}

// name gives a complete file its name.
func name(temporary, output string) error {
	err := os.Link(temporary, output)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: %w", output, ErrExists)
	}
	if err := mayWrite(output); err != nil { // a file system without links
		return err
	}
	return os.Rename(temporary, output)
}

func (a *archive) zipTo(ctx context.Context, file *os.File) error {
	w := zip.NewWriter(file)
	for _, e := range a.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		header := &zip.FileHeader{Name: e.Name, Method: zip.Deflate, Modified: time.Now()}
		header.SetMode(0o600)
		to, err := w.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := to.Write(e.content); err != nil {
			return err
		}
	}
	return w.Close()
}
