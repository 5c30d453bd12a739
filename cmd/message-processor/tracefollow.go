package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// How often a followed session is asked for what is new.
const followInterval = 500 * time.Millisecond

// follow prints a line per transaction until the session has ended. It polls,
// as the other clients of the API do: there is no other way in the original's.
func (t *traceCommand) follow(ctx context.Context, session string) error {
	seen := map[string]bool{}
	for {
		var ids []string
		err := t.client.get(ctx, session+"/data", &ids)
		var refused *managementError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &refused) && len(seen) > 0:
			fmt.Fprintln(t.streams.err, "the session has ended")
			return nil
		case err != nil:
			return err
		}
		for _, id := range ids {
			if !seen[id] {
				if err := t.printTransaction(ctx, session, id); err != nil {
					return err
				}
				seen[id] = true
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followInterval):
		}
	}
}

func (t *traceCommand) printTransaction(ctx context.Context, session, id string) error {
	var tx tracedTransaction
	if err := t.client.get(ctx, session+"/data/"+url.PathEscape(id), &tx); err != nil {
		return err
	}
	fmt.Fprintln(t.streams.out, tx.line())
	return nil
}

// tracedTransaction is what a line needs of a transaction's JSON form.
type tracedTransaction struct {
	Point []struct {
		ID      string
		Results []struct {
			Properties struct{ Property []nameValue }
			Timestamp  string
			Verb, URI  string
			StatusCode string
			AccessList []struct{ Get nameValue }
		}
	}
}

type nameValue struct{ Name, Value string }

// line tells when, what was asked, what was answered, the fault and the message
// id. What came from the network is shown so that it cannot steer a terminal.
func (t *tracedTransaction) line() string {
	var at, verb, uri, status, fault, messageID string
	for _, point := range t.Point {
		for _, r := range point.Results {
			at = first(at, r.Timestamp)
			verb, uri = first(verb, r.Verb), first(uri, r.URI)
			status = first(r.StatusCode, status) // the last one is what the client got
			for _, a := range r.AccessList {
				switch a.Get.Name {
				case "messageid":
					messageID = first(messageID, a.Get.Value)
				case "apigee.edge.execution.fault_code":
					fault = first(fault, a.Get.Value)
				}
			}
		}
	}
	return strings.TrimSpace(fmt.Sprintf("%s  %s  %s %s  %s  %s", at, messageID, verb, printable(uri), status, fault))
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func printable(s string) string {
	quoted := fmt.Sprintf("%q", s)
	return quoted[1 : len(quoted)-1]
}

// deployment is an API proxy that is deployed.
type deployment struct {
	API      string `json:"api"`
	Revision int    `json:"revision,string"`
}

// deployed reads the classification tree.
func (t *traceCommand) deployed(ctx context.Context) (list []deployment, err error) {
	err = t.client.get(ctx, "/v1/classification/tree", &list)
	return list, err
}
