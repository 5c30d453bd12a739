// Package monitor keeps what the gateway served lately, for the monitoring pages and API Monitoring's queries: a day by
// the minute, and the last calls one by one. Everything is in memory and bounded, whatever clients and targets send;
// what is older is a matter for Prometheus.
//
// The way of a record:
//
//  1. [Store.Observe] finds its [Key] (API proxy, target, status, fault code, fault source) and adds one to that
//     series of the minute in which the request ended, and its durations to two histograms. Two minutes are open at a
//     time, in memory that is used again and again, so that a request allocates nothing.
//  2. If it ended in a fault it is also copied into a ring of the last faults; if it did not, and it is one of a
//     sample that gets thinner the more there are, into another ring.
//  3. When a later minute begins, the minute before the last is packed into a few bytes that never change again.
//
// [Store.Series] and [Store.Calls] read: they take hold of the packed minutes under the lock and do their sums
// outside it, so that a reader never keeps a request waiting for longer than a copy takes.
//
// # Bounds
//
// A minute has at most 200 series of its own. What comes on top is counted by status class within its API proxy and
// target, up to 300 series, and after that under the name "(other)": no count is ever lost. If a day at these limits
// would take more than 48 MiB, the oldest minutes go first.
package monitor
