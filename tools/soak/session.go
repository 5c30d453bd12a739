package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// traced are the API proxies that trace sessions are opened for, in turn.
var traced = []string{"tls", "plain", "stream", "tls-silent", "response-silent"}

const sessionKind = "trace sessions"

// sessions opens, reads and closes trace sessions until the context ends.
func (s *soak) sessions(ctx context.Context) {
	for i := 0; pause(ctx, time.Second) == nil; i++ {
		g := s.gateways[i%len(s.gateways)]
		s.ledger.sent(sessionKind)
		if err := s.session(ctx, g, traced[i%len(traced)], fmt.Sprintf("soak-%d", i)); err != nil && ctx.Err() == nil {
			s.ledger.wrongly(sessionKind, err.Error())
			continue
		}
		s.ledger.leftOn(sessionKind)
	}
}

// session records an API proxy for a second, and reads what was recorded. It is closed even when the context ends.
func (s *soak) session(ctx context.Context, g *gateway, api, name string) (err error) {
	base := "/v1/organizations/acme/environments/test/apis/" + api + "/revisions/1/debugsessions"
	if _, err := g.manage(ctx, http.MethodPost, base+"?session="+name+"&timeout=60", http.StatusCreated); err != nil {
		return err
	}
	defer func() {
		if _, problem := g.manage(context.WithoutCancel(ctx), http.MethodDelete, base+"/"+name, http.StatusOK); err == nil {
			err = problem
		}
	}()
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	list, err := g.manage(ctx, http.MethodGet, base+"/"+name+"/data", http.StatusOK)
	if err != nil {
		return err
	}
	var ids []string
	if err := json.Unmarshal(list, &ids); err != nil {
		return err
	}
	for _, id := range ids[:min(len(ids), 2)] {
		if _, err := g.manage(ctx, http.MethodGet, base+"/"+name+"/data/"+id, http.StatusOK); err != nil {
			return err
		}
	}
	file, err := g.manage(ctx, http.MethodGet, base+"/"+name+"/trace.xml", http.StatusOK)
	if err != nil {
		return err
	}
	named := messageIDs(file)
	if len(named) < len(ids) {
		return fmt.Errorf("a trace file with %d message ids for %d transactions", len(named), len(ids))
	}
	s.recorded(named)
	return nil
}

var messageIDProperty = regexp.MustCompile(`<Header name="X-Apigee\.Message-ID">([^<]+)</Header>`)

// messageIDs are those in a trace file.
func messageIDs(file []byte) []string {
	var ids []string
	for _, match := range messageIDProperty.FindAllSubmatch(file, -1) {
		ids = append(ids, string(match[1]))
	}
	slices.Sort(ids) // a transaction names it at several points
	return slices.Compact(ids)
}

// recorded keeps the transactions that a session had.
func (s *soak) recorded(ids []string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.sessionIDs = append(s.sessionIDs, ids...)
}
