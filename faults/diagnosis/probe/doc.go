// Package probe tries a backend the way the gateway would, step by step, and says what it means. It is the playbook's
// telnet step and more.
//
// A probe in its order:
//
//  1. Parse and For turn what somebody typed, or a target of a configuration, into a Plan.
//  2. Run repeats rounds. Each resolves the name and tries every address it has, several at once.
//  3. An attempt (attempt.go) is one address: TCP connection, TLS handshake, one request and its answer, each timed. It
//     is the gateway's own code, package channel, that connects, shakes hands and judges certificates, with the same
//     timers; only that each address is tried on its own and has all of the connect timer, where the gateway takes the
//     first address that accepts.
//  4. What was seen becomes evidence (evidence.go), and package verdict says what it means: for an attempt, for an
//     address, for the name.
//  5. The Report is written as text (text.go) or as JSON, whose keys are public.
//
// A slow backend and a silent one differ in what has arrived when the timer ends: the beginning of an answer is slow,
// nothing is silent. A handshake that succeeds after 3 s or more is slow as well; from 1 s on it is healthy with a
// remark.
package probe
