// Package logs searches system.log: the playbook's step after the trace. Every event that has a message id is found, whole with
// its exception, in the file and in what was rotated away from it, gzipped or not, in the layout of this gateway, of the
// original, or as JSON (search.go, files.go). What the found lines say of the cause becomes a verdict (verdict.go), and all
// faults since a time are counted by fault and target (summary.go).
//
// Files of gigabytes are read once, in pieces of a megabyte, and looked through for the bytes of the id. Only around a hit are
// lines looked at, so that the search costs about what grep -F costs.
package logs
