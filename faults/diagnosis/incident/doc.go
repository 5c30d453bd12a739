// Package incident recognises a failure in what is left of it, lines of system.log (this gateway's and the original's), a trace
// file or a packet capture, and says how to make it happen again: which backend of the lab misbehaves that way, and which timer
// ran out after how long. read.go tells the kinds of input apart; line.go, trace.go and capture.go read one each; behaviour.go
// has the backends; config.go writes the configuration of a gateway that fails the same way.
package incident
