package lab

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAScheduleIsReadAsItIsWritten(t *testing.T) {
	lines := []string{"at 10s: tls-silent for 30s", "at 1m30s: healthy", "at 0s: 306 for 250ms"}
	got, err := ParseSchedule(lines)
	want := []Step{{10 * time.Second, "tls-silent", 30 * time.Second}, {90 * time.Second, "healthy", 0}, {0, "306", 250 * time.Millisecond}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, (-want +got)\n%s", err, diff)
	}
	for i, s := range got {
		if s.String() != lines[i] {
			t.Errorf("%q is told as %q", lines[i], s)
		}
	}
	if steps, err := ParseSchedule(nil); steps != nil || err != nil {
		t.Errorf("no lines: %v, %v", steps, err)
	}
}

func TestAWrongStepIsRefusedWithWhatIsWrong(t *testing.T) {
	for line, want := range map[string]string{
		"":                            `is no step of a schedule`,
		"10s: healthy":                `allowed: one like "at 10s: tls-silent for 30s"`,
		"at 10s tls-silent":           `is no step of a schedule`,
		"at 10s: healthy for":         `is no step of a schedule`,
		"at 10s: healthy every 5s":    `is no step of a schedule`,
		"at 10: healthy":              `begins at "10"`,
		"at -1s: healthy":             `begins at "-1s"`,
		"at 10s: healthy for 0s":      `lasts for "0s"`,
		"at 10s: healthy for ever":    `lasts for "ever"`,
		"at 10s: healthy for 5s then": `is no step of a schedule`,
	} {
		if _, err := ParseSchedule([]string{"at 1s: healthy", line}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", line, err, want)
		}
	}
}
