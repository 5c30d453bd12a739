// Package witness turns what a Channel knows about a connection into evidence for a verdict.
//
// The gateway and the probe reach backends with the same code, package channel; this package sees to it that what it
// saw is told in the same way by both, so that the gateway says of a failed transaction what the probe says of the next
// try. Connection is for every exchange, Failure adds where and why it broke off. Both fill in what a connection can
// know; names, steps and the answer are their callers'.
package witness
