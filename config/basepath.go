package config

import "strings"

// basePathRule asks for a path that can be compared byte by byte with the raw path of a request. A percent escape
// would leave open which of its spellings is meant; the original's wildcard "*" would be taken literally.
var basePathRule = rule{`a path such as /v1/orders, of letters, digits and -._~!$&'()+,;=:@, or "/" alone`, func(s string) string {
	odd := strings.IndexFunc(s, func(r rune) bool {
		return r >= 0x80 || !isAlphanumeric(byte(r)) && !strings.ContainsRune("/-._~!$&'()+,;=:@", r)
	})
	switch {
	case s == "":
		return "is empty"
	case s[0] != '/':
		return "is " + quote(s) + ", which does not begin with a slash"
	case odd >= 0:
		return "is " + quote(s) + ", which has a character that a base path cannot have"
	case strings.Contains(s, "//"):
		return "is " + quote(s) + ", which has an empty segment"
	}
	return segmentFlaw(s)
}}

// segmentFlaw refuses "." and "..": servers and clients resolve them, each in its own way.
func segmentFlaw(path string) string {
	for segment := range strings.SplitSeq(path, "/") {
		plain := strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
		if plain == "." || plain == ".." {
			return "has the dot segment " + quote(segment)
		}
	}
	return ""
}

// normalBasePath drops the trailing slash of a valid base path.
func normalBasePath(s string) string {
	if s == "/" {
		return s
	}
	return strings.TrimSuffix(s, "/")
}
