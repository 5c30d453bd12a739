package verdict

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Addressed is the verdict about one address of a name.
type Addressed struct {
	Address string // ip:port
	Verdict Verdict
}

// OfAddresses judges a name by its addresses. The gateway takes the first that accepts a connection, so one bad address
// among good ones is a fault that comes and goes: the verdict then has the id of the bad one and names it. Of several
// different kinds the most frequent counts, the first of equals.
//
// An IPv6 address without a route does not count beside others: a machine without IPv6 is no fault, and the gateway
// passes over such an address at once. It stays in the evidence.
func OfAddresses(target string, list []Addressed) Verdict {
	switch len(list) {
	case 0:
		return Verdict{ID: Inconclusive, Summary: "Nothing is known about " + clean(target) + ".", Evidence: []string{},
			NextStep: "Run \"message-processor probe\" against the target from the gateway's machine, and let it finish."}
	case 1:
		return list[0].Verdict
	}
	counting := slices.DeleteFunc(slices.Clone(list), isWithoutIPv6)
	if len(counting) == 0 {
		counting = list
	}
	bad := slices.DeleteFunc(slices.Clone(counting), func(a Addressed) bool { return a.Verdict.ID == Healthy })
	if len(bad) == 0 {
		return allHealthy(target, list)
	}
	return someBad(target, list, len(counting), bad)
}

func isWithoutIPv6(a Addressed) bool {
	address, err := netip.ParseAddrPort(a.Address)
	return err == nil && address.Addr().Is6() && a.Verdict.ID == NoRoute
}

func allHealthy(target string, list []Addressed) Verdict {
	v := Verdict{ID: Healthy, Summary: fmt.Sprintf("Nothing is wrong on the way to %s at any of its %d addresses.", clean(target), len(list)), Evidence: []string{}}
	for _, a := range list {
		if a.Verdict.ID != Healthy {
			v.Summary = "Nothing is wrong on the way to " + clean(target) + ", except that this machine has no IPv6 for one of its addresses, which the gateway passes over."
		}
		v.Evidence = append(v.Evidence, clean(a.Address)+": "+a.Verdict.Summary)
	}
	return v
}

func someBad(target string, list []Addressed, counting int, bad []Addressed) Verdict {
	leading := bad[mostFrequent(bad, func(a Addressed) string { return a.Verdict.ID })].Verdict
	var named []string
	for _, a := range bad {
		named = append(named, clean(a.Address))
	}
	v := Verdict{ID: leading.ID, Evidence: []string{}, NextStep: leading.NextStep}
	v.Summary = fmt.Sprintf("All %d addresses of %s are bad. %s", len(bad), clean(target), leading.Summary)
	switch {
	case counting == 1:
		v.Summary = "The only address of " + clean(target) + " this machine has a way to is bad. " + leading.Summary
	case len(bad) < counting:
		v.Summary = fmt.Sprintf("Of the %d addresses of %s %d is bad: %s. %s", counting, clean(target), len(bad), named[0], leading.Summary)
		if len(bad) > 1 {
			v.Summary = fmt.Sprintf("Of the %d addresses of %s %d are bad: %s. %s", counting, clean(target), len(bad), names(named), leading.Summary)
		}
		v.NextStep = whatItMeans(leading.ID) + " Take " + names(named) + " out of the name until it is repaired. " + leading.NextStep
	}
	for _, a := range list {
		v.Evidence = append(v.Evidence, clean(a.Address)+": "+a.Verdict.Summary)
		if a.Verdict.ID != Healthy {
			v.Evidence = append(v.Evidence, a.Verdict.Evidence...)
		}
	}
	return v
}

// whatItMeans says how calls notice a bad address among good ones. Only one that accepts no connection is passed over.
func whatItMeans(id ID) string {
	switch id {
	case ConnectionRefused, NoRoute:
		return "Calls that meet it first go on to the next address, until that fails too."
	case ConnectionFiltered:
		return "Calls that meet it first lose a part of their connect timeout before they go on to the next address."
	}
	return "Calls fail only when they meet it."
}

// OfAttempts judges one address by several attempts at it, in their order. A single bad one decides: faults that come
// and go are what one repeats a probe for. Of several different kinds the most frequent counts, the first of equals.
func OfAttempts(list []Verdict) Verdict {
	bad := slices.DeleteFunc(slices.Clone(list), func(v Verdict) bool { return v.ID == Healthy })
	switch {
	case len(list) == 0:
		return OfAddresses("the backend", nil)
	case len(list) == 1:
		return list[0]
	case len(bad) == 0:
		v := list[len(list)-1]
		v.Evidence = append([]string{fmt.Sprintf("All %d attempts were good.", len(list))}, v.Evidence...)
		return v
	}
	v := bad[mostFrequent(bad, func(v Verdict) string { return v.ID })]
	v.Evidence = append([]string{tally(list)}, v.Evidence...)
	return v
}

// tally counts the verdicts of the attempts, the most frequent first.
func tally(list []Verdict) string {
	counts := map[ID]int{}
	var ids []ID
	for _, v := range list {
		if counts[v.ID]++; counts[v.ID] == 1 {
			ids = append(ids, v.ID)
		}
	}
	slices.SortStableFunc(ids, func(a, b ID) int { return cmp.Compare(counts[b], counts[a]) })
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = fmt.Sprintf("%d %s", counts[id], id)
	}
	return fmt.Sprintf("Of %d attempts: %s.", len(list), strings.Join(parts, ", "))
}

// mostFrequent is the index of the first element of the most frequent kind.
func mostFrequent[T any](list []T, kind func(T) string) int {
	counts := map[string]int{}
	for _, element := range list {
		counts[kind(element)]++
	}
	best := 0
	for i, element := range list {
		if counts[kind(element)] > counts[kind(list[best])] {
			best = i
		}
	}
	return best
}
