// Command bench compares what the gateway costs with what others cost that do the same work on the same machine.
//
// Times on a shared machine are noise; two figures hold. One is the processor time that the kernel counts for a process
// (usage.go), all of its threads and workers, divided by the work done. The other is the ratio of two such figures from
// the same round. So a scenario (scenario.go) starts all its contenders (contender.go), and in each round
// (rounds.go) every one of them gets the same load for the same time, nobody always first. What is told is the median
// of the rounds' ratios to nginx, with the lowest and the highest.
//
//  1. The ground (ground.go) is what stands behind everybody: a directory, an authority with a certificate
//     (certificate.go), nginx as backend (backend.go).
//  2. The contenders are the gateway (gateway.go), nginx (nginx.go), HAProxy (haproxy.go), Go's httputil.ReverseProxy
//     (reverseproxy.go, this program under another command) and HAProxy again as a relay of bytes, the limit.
//  3. Load comes from wrk (wrk.go), as much as goes through, or at a fixed rate from pace.go.
//  4. What does not fit into rounds has a file of its own: handshakes that hang (stuck.go), figures that should not
//     grow (growth.go), the search in a log (logsearch.go), the start (startup.go).
//  5. The report (report.go) is Markdown on standard output, the chart (chart.go) an SVG file.
package main
