package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

const transferred = 100_000_000 // bytes, ten times what may be buffered

// mostMemory is what the gateway may take for two such bodies. With the race detector it takes several times as much as
// without, but still less than a body.
const mostMemory = 64 << 20

// It is not parallel: the load would spoil the timing of other tests.
func TestHundredMegabytesStreamBothWaysInLittleMemory(t *testing.T) {
	server := nginx(t)
	gateway := frontNginx(t, server, "streaming: {request: true, response: true}")
	before := peakMemory(t, gateway)

	original := filepath.Join(server.root, "original")
	sent := randomFile(t, original, transferred)
	if got := download(t, gateway.gateway+"/original"); got != sent {
		t.Errorf("downloaded a body with SHA-256 %s, want %s", got, sent)
	}
	for _, framing := range []string{"length", "chunked"} {
		status := upload(t, gateway.gateway+"/stored/"+framing, original, framing)
		if status != http.StatusCreated {
			t.Errorf("%s upload: status %d, want 201", framing, status)
		}
		if got := hashOf(t, filepath.Join(server.root, "stored", framing)); got != sent {
			t.Errorf("%s upload has SHA-256 %s, want %s", framing, got, sent)
		}
	}
	if grown := peakMemory(t, gateway) - before; grown > mostMemory {
		t.Errorf("the gateway took %d MB for bodies of %d MB", grown>>20, transferred/1_000_000)
	} else {
		t.Logf("the gateway took %d MB", grown>>20)
	}
}

// randomFile writes a file and returns its SHA-256.
func randomFile(t *testing.T, path string, size int64) string {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(file, sum), rand.NewChaCha8([32]byte{}), size); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func hashOf(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return hash(t, file)
}

func hash(t *testing.T, from io.Reader) string {
	t.Helper()
	sum := sha256.New()
	if _, err := io.Copy(sum, from); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// download returns the SHA-256 of what is at a URL.
func download(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return hash(t, response.Body)
}

func upload(t *testing.T, url, path, framing string) (status int) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	request, err := http.NewRequest(http.MethodPut, url, io.NopCloser(file)) // a body of unknown length goes out chunked
	if err != nil {
		t.Fatal(err)
	}
	if framing == "length" {
		request.ContentLength = transferred
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// peakMemory is the most that the gateway has had resident so far.
func peakMemory(t *testing.T, gateway *process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", gateway.cmd.Process.Pid))
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	return number(t, string(status), `VmHWM:\s+(\d+) kB`) << 10
}
