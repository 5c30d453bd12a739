package main

import (
	"context"
	"fmt"
	"os"
)

func spansKept(ctx context.Context, p *program) string { return "" }
func main() {
	if len(os.Args) > 1 && os.Args[1] == reverseProxyCommand {
		fmt.Println(reverseProxyMain(os.Args[2:]))
		return
	}
	g, err := newGround(os.Args[1], os.Stderr)
	if err != nil {
		panic(err)
	}
	defer g.close()
	s := setting{target: g.backend.secure}
	var es []entrant
	for _, c := range []contender{nginx, haproxy, gateway, byteRelay} {
		es = append(es, entrant{c, s, ""})
	}
	rs, err := compete(context.Background(), g, effort{5, 1e9}, es, wrk(64, "/1024"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rs {
		fmt.Println(r.name, ratios(r.cost, rs[0].cost), significant(median(r.cost)))
	}
	rs, err = compete(context.Background(), g, effort{5, 1e9}, es, pace{64, 2000, "/1024"}.load())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rs {
		fmt.Println(r.name, ratios(r.cost, rs[0].cost), significant(median(r.cost)))
	}
}
