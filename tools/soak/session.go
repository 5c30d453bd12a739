package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
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
	s.recorded(ids)
	for _, id := range ids[:min(len(ids), 2)] {
		if _, err := g.manage(ctx, http.MethodGet, base+"/"+name+"/data/"+id, http.StatusOK); err != nil {
			return err
		}
	}
	_, err = g.manage(ctx, http.MethodGet, base+"/"+name+"/trace.xml", http.StatusOK)
	return err
}

// recorded keeps the transactions that a session had.
func (s *soak) recorded(ids []string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.sessionIDs = append(s.sessionIDs, ids...)
}
