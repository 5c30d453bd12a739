package gather

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileThatIsThereIsNotTouched(t *testing.T) {
	o := options(t, failing())
	os.WriteFile(o.Output, []byte("mine"), 0o644)
	o.Fetch = func(context.Context, string, string) ([]byte, error) {
		t.Error("asked although nothing can be written")
		return nil, ErrNotFound
	}
	if _, err := Run(t.Context(), o); !errors.Is(err, ErrExists) {
		t.Errorf("%v", err)
	}
	if content, _ := os.ReadFile(o.Output); string(content) != "mine" {
		t.Errorf("it holds %q now", content)
	}
}

// Somebody else's file can come while this run is under way.
func TestAFileThatComesMeanwhileIsNotTouchedEither(t *testing.T) {
	o := options(t, failing())
	o.Probe = func(context.Context, string, []byte) (string, []byte, error) {
		return "fine", nil, os.WriteFile(o.Output, []byte("mine"), 0o644)
	}
	if _, err := Run(t.Context(), o); !errors.Is(err, ErrExists) {
		t.Errorf("%v", err)
	}
	entries, _ := os.ReadDir(filepath.Dir(o.Output))
	if content, _ := os.ReadFile(o.Output); string(content) != "mine" || len(entries) != 1 {
		t.Errorf("it holds %q now, beside %v", content, entries)
	}
}

func TestAPlaceWhereNothingCanBeWrittenIsToldBeforeAnythingIsAsked(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)
	for _, output := range []string{filepath.Join(dir, "none", "x.zip"), filepath.Join(dir, "file", "x.zip")} {
		o := options(t, failing())
		o.Output = output
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%s was written", output)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "link.zip")); err != nil {
		t.Skip(err)
	}
	o := options(t, failing())
	o.Output = filepath.Join(dir, "link.zip")
	if _, err := Run(t.Context(), o); !errors.Is(err, ErrExists) {
		t.Errorf("a link to nowhere was followed: %v", err)
	}
}
