// Package alert watches the transactions and tells somebody when a threshold is passed: the alerts of API Monitoring,
// in the gateway itself.
//
// The way of an alert:
//
//  1. [Engine.Configure] compiles the alerts of the configuration, [Engine.Create] one that came over the management
//     API. Each condition gets a window: counters (or latencies) in slots of time, of bounded number.
//  2. [Engine.Observe] sees every finished transaction, on the goroutine that served it. It only compares a few texts
//     and adds to the slots of the conditions that match; nothing is allocated.
//  3. A goroutine evaluates each alert at an interval that follows its shortest window, at most ten seconds. All
//     conditions met: the alert is firing; no longer: it is resolved. What happened meanwhile is an [Episode] of its
//     history, with the message ids of some transactions that did it.
//  4. Who is to be told gets a notice: system.log always, webhooks and Alertmanagers through a courier for each
//     destination. A courier has a bounded queue and its own goroutine, so that one that hangs keeps neither the
//     evaluation nor the others waiting. While an alert keeps firing, or flaps, there is one notice in each throttle
//     interval; an Alertmanager throttles itself, so it is always told how things are.
//
// A reload keeps state, history, windows and queues of every alert that is still there, whatever else has changed.
// Alerts that came over the API live until the gateway is started anew.
package alert
