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
//  4. slashes at the end of the path are dropped, for the clients that send them
//
// Then the routes: health, the Message Processor's own local API under /v1, profiles where enabled, and the front
// page. Whatever is refused is refused in the original's error form, {"code":"…","message":"…","contexts":[]}.
//
// The package knows nothing of the gateway it speaks for. What it tells comes through the functions in Options.
package management
