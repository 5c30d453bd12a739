package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/invalid-*.txt anew")

func TestEveryBrokenFileIsRefusedWithItsExactMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid-*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no broken files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := Load(file, Overrides{})
			if err == nil {
				t.Fatal("accepted")
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("messages differ (-want +got):\n%s", diff)
	}
}

func TestTwelveMistakesAreTwelveProblemsOnTheirLines(t *testing.T) {
	const file = "testdata/invalid-twelve.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want []int
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasSuffix(line, "# mistake") {
			want = append(want, i+1)
		}
	}
	_, err = Load(file, Overrides{})
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error %T", err)
	}
	var got []int
	for _, p := range problems {
		got = append(got, p.Line)
	}
	equal(t, 12, len(want))
	equal(t, want, got)
}

func TestTheSameFileGivesTheSameProblemsInTheSameOrder(t *testing.T) {
	for _, file := range []string{"testdata/invalid-servers.yaml", "testdata/invalid-tls.yaml", "testdata/invalid-types.yaml"} {
		_, want := Load(file, Overrides{})
		for range 20 {
			_, got := Load(file, Overrides{})
			equal(t, want.Error(), got.Error())
		}
	}
}
