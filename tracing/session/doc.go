// Package session keeps transactions so that people can look at them afterwards: those that a trace session asked
// for, and the last ones that ended in a fault, which nobody had asked for yet.
//
// The life of a transaction here:
//
//  1. the gateway finishes a request and shows its record to Store.Observe. With no session open and no fault that is
//     the end of it: one atomic load, nothing else
//  2. the record is matched against the open sessions, without allocating; what no session wants is forgotten
//  3. what is worth keeping is copied: heads within bounds, the beginning of each body, times, the state of the target
//     connection. Secrets are replaced by ***** at this moment, so that they are in nobody's hands later
//  4. the Transaction, from now on immutable, gets the next number of this process and is put into the sessions that
//     wanted it and, if it is a fault, among the last faults
//  5. when somebody asks, its points are worked out: the states, conditions and variables that the original's trace
//     shows for such a call, in the original's order; one list, written as XML or JSON
//
// Everything is bounded: transactions, bytes and time of a session, the number of sessions, the number and bytes of
// faults kept. A session's data ends with the session.
//
// Where the original's form is known only from later products, or not at all, the code says so where it decides.
package session
