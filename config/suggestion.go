package config

import "strings"

// closest is the candidate that was probably meant by a mistyped word, or "". Besides slips of the finger it sees
// through other ways to write a name: ioTimeout, io-timeout, and the original's io.timeout.millis. A word that begins
// like a candidate counts as close: warning, user.
func closest(word string, candidates []string) string {
	folded := fold(word)
	for _, c := range candidates {
		if len(folded) > 3 && (strings.HasPrefix(folded, fold(c)) || strings.HasPrefix(fold(c), folded)) {
			return c
		}
	}
	best, fewest := "", 1+min(2, len(folded)/3)
	for _, c := range candidates {
		if d := distance(folded, fold(c), fewest); d < fewest {
			best, fewest = c, d
		}
	}
	return best
}

func fold(name string) string {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`_-. "`, r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	return strings.TrimSuffix(plain, "millis")
}

// distance counts the edits between a and b, two letters swapped being one (optimal string alignment). It gives up at
// the limit.
func distance(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= limit {
		return limit
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
		for j := 1; j <= len(b); j++ {
			if i == 0 {
				rows[i][j] = j
				continue
			}
			rows[i][j] = min(rows[i-1][j], rows[i][j-1]) + 1
			rows[i][j] = min(rows[i][j], rows[i-1][j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
