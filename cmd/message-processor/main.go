// Command message-processor is an HTTP gateway that behaves like the Message
// Processor of Apigee Edge, above all when a backend misbehaves.
//
// This package turns flags into values, values into parts and parts into a
// running program: run is the whole program as a function, root.go the tree of
// commands, and each command has a file of its own. serve is the one that runs
// the gateway: program.go starts and stops its parts, labproxies.go puts the
// lab's backends behind it.
package main

import "os"

// Set by the linker; see the Makefile.
var (
	version = "dev"
	commit  = ""
)

func main() {
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
