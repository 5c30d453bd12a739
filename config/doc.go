// Package config turns a YAML file and the flags of the command line into values that need no further checking.
//
// What happens to a file, in this order:
//
//  1. document reads the text into a tree of nodes, each with its line. Syntax errors, aliases, a second document and
//     files beyond reason end here.
//  2. A draft starts from the defaults and hands the members of each mapping to a table of fields (decode.go). What
//     is not in the table is refused, and so are duplicates and wrong types. Scalars are judged by rules (rule.go,
//     scalar.go); files that a key names are read at once.
//  3. The flags replace top-level values and the defaults of targets (override.go).
//  4. The proxies are read last, because they inherit what steps 2 and 3 left: see Timeouts and TLS.
//  5. What concerns more than one key is checked: two proxies with one base path, two listeners on one port.
//
// Nothing stops at the first mistake. Every problem is kept with file, line and key path, and all of them come back
// together as Problems. What is accepted but worth saying comes back in Gateway.Warnings.
//
// The tables of fields are the grammar of the file. docs/configuration.md describes it to users; a test holds the two
// together.
package config
