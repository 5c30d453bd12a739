// Command soak is the endurance test: it runs the real gateway in front of the real lab for as long as it is told to, does
// to it all at once what a bad day does, and asks at the end whether every transaction is accounted for.
//
// What happens, in the order of soak.go:
//
//  1. Everything comes up as a process of its own: one gateway (or several, where the limit of open files is too low for
//     all the stuck handshakes; see limits.go), a lab for the faults, labs that never answer a ClientHello, each at a
//     loopback address of its own, and here a plain backend and a receiver of spans.
//  2. Warm-up: the whole mixture. Healthy traffic (healthy.go) is checked byte by byte, every fault of the lab and of its
//     scripted clients comes round in random order (deck.go), clients leave in the middle (leave.go), slowhttptest is
//     slow (slow.go), the configuration is reloaded, now and then with a mistake in it (reload.go), trace sessions are
//     opened, read and closed (session.go), and system.log is rotated all the time.
//  3. Quiet, and a first look at what the gateways hold on to (footprint.go).
//  4. Healthy traffic alone, then beside the stuck handshakes (stuck.go, held by processes of their own: hold.go).
//  5. The mixture again, until the time is up. Quiet, and a second look.
//  6. The gateways are stopped and the books are balanced (account.go): system.log, the metrics, the spans and what the
//     clients saw have to name the same transactions, each once, with the same fault.
//
// The report (report.go) is Markdown. The exit code is 0 if all is well, 1 if a finding says otherwise, 2 for wrong usage.
package main
