package probe

import (
	"slices"
	"strings"
	"time"

	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

// Report is what a probe found. Its JSON keys are public.
type Report struct {
	Target    string          `json:"target"` // host:port
	Addresses []Address       `json:"addresses"`
	Verdict   verdict.Verdict `json:"verdict"` // of the name, over all its addresses
}

// Address is one address of the name. With several rounds its steps are those of the attempt the verdict is about.
type Address struct {
	Address string          `json:"address"` // ip:port; "" if the name has none
	Steps   []Step          `json:"steps"`
	TLS     *TLS            `json:"tls"`      // nil: plain, or never begun
	TCPInfo *TCPInfo        `json:"tcp_info"` // nil: no connection, or not Linux
	Status  int             `json:"http_status,omitempty"`
	Verdict verdict.Verdict `json:"verdict"`
	Rounds  []Spread        `json:"rounds,omitempty"` // with several rounds only
}

// Step is one step of an attempt.
type Step struct {
	Name       string  `json:"name"` // as the spans are named: dns, connect, tls handshake, send, wait, receive
	OK         bool    `json:"ok"`
	DurationMS float64 `json:"duration_ms"`
	Error      string  `json:"error"` // "" if OK; printable

	took time.Duration
}

// TCPInfo is what the kernel counted on the connection, at the failure if there was one.
type TCPInfo struct {
	Unacked     uint32 `json:"unacked"`     // segments sent and not acknowledged
	Retransmits uint32 `json:"retransmits"` // of the segment that is waited for
	BytesAcked  uint64 `json:"bytes_acked"` // the SYN counts as one
}

// Attempt is one try at one address.
type Attempt struct {
	Address     string // ip:port; "" if the name has none
	Round       int    // from 1
	Steps       []Step
	TLS         *TLS
	TCP         *TCPInfo
	Status      int // of the answer, 0 without one
	Interrupted bool
	Verdict     verdict.Verdict
}

// Spread is how long a step took over the rounds in which it succeeded.
type Spread struct {
	Name     string  `json:"name"`
	OK       int     `json:"ok"`     // how often it succeeded
	Failed   int     `json:"failed"` // how often it did not
	MinMS    float64 `json:"min_ms"`
	MedianMS float64 `json:"median_ms"` // of an even number the mean of the two in the middle
	MaxMS    float64 `json:"max_ms"`
}

func step(phase channel.Phase, took time.Duration, err error) Step {
	s := Step{Name: string(phase), OK: err == nil, took: took, DurationMS: milliseconds(took)}
	if err != nil {
		s.Error = clean(strings.TrimPrefix(err.Error(), string(phase)+": "))
	}
	return s
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

func tcpInfo(t *channel.TCPInfo) *TCPInfo {
	return &TCPInfo{Unacked: t.Unacked, Retransmits: t.Retransmits, BytesAcked: t.BytesAcked}
}

// report sums the attempts up, addresses in the order in which they were seen.
func report(target string, attempts []Attempt) Report {
	r := Report{Target: target, Addresses: []Address{}}
	var verdicts []verdict.Addressed
	for _, group := range byAddress(attempts) {
		a := sumUp(group)
		r.Addresses = append(r.Addresses, a)
		verdicts = append(verdicts, verdict.Addressed{Address: a.Address, Verdict: a.Verdict})
	}
	r.Verdict = verdict.OfAddresses(target, verdicts)
	return r
}

func byAddress(attempts []Attempt) [][]Attempt {
	var groups [][]Attempt
	for _, a := range attempts {
		i := slices.IndexFunc(groups, func(g []Attempt) bool { return g[0].Address == a.Address })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], a)
	}
	return groups
}

// sumUp judges one address. An attempt that was interrupted before it could tell anything does not count beside others.
func sumUp(attempts []Attempt) Address {
	telling := slices.DeleteFunc(slices.Clone(attempts), func(a Attempt) bool {
		return a.Interrupted && a.Verdict.ID == verdict.Inconclusive
	})
	if len(telling) == 0 {
		telling = attempts
	}
	var verdicts []verdict.Verdict
	for _, a := range telling {
		verdicts = append(verdicts, a.Verdict)
	}
	whole := verdict.OfAttempts(verdicts)
	shown := telling[slices.IndexFunc(telling, func(a Attempt) bool { return a.Verdict.ID == whole.ID })]
	sum := Address{Address: shown.Address, Steps: shown.Steps, TLS: shown.TLS, TCPInfo: shown.TCP, Status: shown.Status, Verdict: whole}
	if len(attempts) > 1 {
		sum.Rounds = spreads(attempts)
	}
	return sum
}

const longestText = 300 // bytes of a text from the network

func clean(s string) string { return verdict.Brief(s, longestText) }
