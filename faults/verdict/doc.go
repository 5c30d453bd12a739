// Package verdict says what most likely went wrong between the gateway and a backend, in words one can hand to a
// network team. It replaces the last step of the playbooks, where somebody compares timers, packets and counters by
// hand.
//
// Evidence goes in: the phase an exchange failed in and why, how long each step took, what the kernel counted on the
// connection. A Verdict comes out: an id that programs can rely on, one sentence, the numbers behind it, and what to
// do next. Judge is a pure function, the same for a transaction that failed in the gateway, a probe from the command
// line and a connection found in a capture, so that all three say the same about the same thing.
//
// The heart of it is the handshake timeout of the playbook "502 Bad Gateway, TLS handshake timeout", which has two
// causes that look alike from above: a firewall that lets the TCP handshake through and swallows the ClientHello, and
// a backend that has received it and says nothing. The kernel knows: in the first case data stays unacknowledged and
// is sent again, in the second it is acknowledged. Without its counters there is no telling, and the verdict is
// inconclusive.
package verdict
