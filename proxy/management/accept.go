package management

import (
	"mime"
	"strconv"
	"strings"
)

// prefersXML reads Accept fields (RFC 9110 section 12.5.1). JSON is the default: it wins every tie but that of a list
// which names XML first. Of the types only those matter that name XML or JSON, or both by a wildcard.
func prefersXML(accept []string) bool {
	xml, json := -1.0, -1.0
	first := false // XML was named before JSON
	for element := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		media, parameters, err := mime.ParseMediaType(element)
		if err != nil {
			continue
		}
		switch q := quality(parameters["q"]); media {
		case "application/xml", "text/xml":
			first = json < 0
			xml = max(xml, q)
		case "application/json":
			json = max(json, q)
		}
	}
	return xml > 0 && (xml > json || xml == json && first)
}

// quality is the weight of an element; one that cannot be read counts as left out.
func quality(text string) float64 {
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || q < 0 || q > 1 {
		return 1
	}
	return q
}
