package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Of the reloads, every mistakenEvery-th has a mistake in the configuration, and before every movedEvery-th system.log is
// moved away, as logrotate does it.
const (
	reloadEvery   = 4 * time.Second
	mistakenEvery = 5
	movedEvery    = 3
	reloadKind    = "reloads"
)

// reload has every gateway read its configuration again and again until the context ends.
func (s *soak) reload(ctx context.Context) {
	var all sync.WaitGroup
	for _, g := range s.gateways {
		all.Go(func() {
			for pause(ctx, reloadEvery) == nil {
				s.ledger.sent(reloadKind)
				if err := g.reload(ctx); err != nil && ctx.Err() == nil {
					s.ledger.wrongly(reloadKind, err.Error())
					continue
				}
				s.ledger.leftOn(reloadKind)
			}
		})
	}
	all.Wait()
}

// reload sends SIGHUP and waits until the gateway tells that the configuration is in force, or refused if it has a mistake.
func (g *gateway) reload(ctx context.Context) error {
	n := g.reloads + g.refused + 1
	if n%movedEvery == 0 {
		g.moved++
		if err := os.Rename(filepath.Join(g.dir, "system.log"), filepath.Join(g.dir, fmt.Sprintf("moved-%d.log", g.moved))); err != nil {
			return err
		}
	}
	before, err := g.loaded(ctx)
	if err != nil {
		return err
	}
	if n%mistakenEvery == 0 {
		g.refused++
		if err := os.WriteFile(g.config(), []byte(g.from.mistaken(n)), 0o644); err != nil {
			return err
		}
		return g.hangupUntil(ctx, func(fine bool, at float64) bool { return !fine && at == before })
	}
	g.reloads++
	if err := g.from.write(g.config(), n); err != nil {
		return err
	}
	return g.hangupUntil(ctx, func(fine bool, at float64) bool { return fine && at > before })
}

// loaded is when the configuration in force was loaded.
func (g *gateway) loaded(ctx context.Context) (float64, error) {
	s, err := g.scrape(ctx)
	return s.sum("apigee_config_last_reload_success_timestamp_seconds"), err
}

// hangupUntil sends SIGHUP and waits for what the metrics should say then.
func (g *gateway) hangupUntil(ctx context.Context, holds func(fine bool, loaded float64) bool) error {
	if err := g.hangup(); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		s, err := g.scrape(ctx)
		if err != nil {
			return err
		}
		if holds(s.sum("apigee_config_last_reload_successful") == 1, s.sum("apigee_config_last_reload_success_timestamp_seconds")) {
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("a reload has no effect")
}
