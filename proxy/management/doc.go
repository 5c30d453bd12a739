// Package management is the gateway's second listener, for the people and tools that look after it. It stands apart
// from client traffic: another address, another trust level, and net/http instead of the data path's own loop, so that
// it still answers when the data path does not.
//
// A request passes these guards in this order:
//
//  1. security headers are set, whatever the answer will be
//  2. the Host field must be localhost, an IP literal or a configured name, else 421: a web page whose name was made
//     to resolve to this address (DNS rebinding) gets nothing
//  3. HTTP Basic, where a password is configured; /healthz and /readyz are free of it
//  4. what would change something must not come from another site's page, else 403
//  5. slashes at the end of the path are dropped, for the clients that send them
//
// Then the routes: health, the Message Processor's own local API, the original's API of trace sessions, profiles where
// enabled, API Monitoring's queries, and the pages. Whatever is refused is refused in the original's error form,
// {"code":"…","message":"…","contexts":[]}.
//
// # Traces for programs
//
// Below /v1/organizations/{o}/environments/{e}, also written /v1/o/{o}/e/{e}, the calls of the original under
// apis/{a}/revisions/{r}/debugsessions, and of our own beside them:
//
//	GET  …/debugsessions/{s}                      describes a session
//	GET  …/debugsessions/{s}/trace.xml            the file that the original's UI downloads
//	GET  …/debugsessions/{s}/events               transactions as they happen, as server-sent events
//	GET  …/debugsessions/{s}/data/{t}/summary     steps, fault and verdict; …/trace.xml the file of one
//	GET  faults                                   summaries of the faulty transactions that are always kept
//	GET  faults/{t}                               one of them, by transaction id or message id; …/summary, …/trace.xml
//	GET  transactions/{t}                         the same, in whatever session or among the faults it was recorded;
//	                                              also …/curl, the command that repeats it, and …/log, its lines
//	GET  apis/{a}/revisions/{r}/settings          an API proxy as it is in force, as YAML
//
// and beside the local API GET /v1/runtime/about, what runs here and where its files are.
//
// # Alerts
//
// /apimonitoring/alerts lists, makes, replaces and deletes alerts in the original's JSON; /monitoring/alerts shows them
// to people. Those of the configuration file can only be read here.
//
// # Traces for people
//
// The start page lists sessions and kept faults and starts sessions; a session's page lists its calls; a call's page
// tells everything known about it. All markup is made here, by html/template. The script only hears that something has
// changed, fetches the page again and exchanges the parts that differ, so no text from the network becomes markup in
// the browser, and everything but the live update works without it.
//
// # Monitoring
//
// The pages below /monitoring/ are about many calls at once: Timeline (how traffic, faults and latencies went),
// Investigate (a matrix of faults) and Recent (the last ones). Every number is a link to the calls it counts, and those
// lead to their traces. Charts are SVG, drawn here. Below /apimonitoring/ the same numbers are served in the form of the
// original's API Monitoring: metrics/traffic, latency, targets, faultcodes, the lists of fault codes, and logs. All of
// it is read from one monitor.Store.
//
// The package knows nothing of the gateway it speaks for. What it tells comes through the functions in Options.
package management
