package management

import (
	"strconv"
	"time"
)

// milliseconds writes a duration for people, with about three digits: 0.31 ms, 12.3 ms, 2.00 s, 55.2 s.
func milliseconds(ms float64) string {
	switch {
	case ms < 0.005:
		return "0 ms"
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
	case ms < 100:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 999.5:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	case ms < 9995:
		return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
	}
	return strconv.FormatFloat(ms/1000, 'f', 1, 64) + " s"
}

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
