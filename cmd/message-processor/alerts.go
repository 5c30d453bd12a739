package main

import (
	"context"
	"fmt"
	"time"

	"message-processor/config"
	"message-processor/tracing/alert"
)

// alertFlushTime is how long the end of the program waits for those who are to be told of an alert.
const alertFlushTime = 2 * time.Second

// startAlerts watches for what the configuration asks to be told of.
func (p *program) startAlerts() {
	p.alerts = alert.New(alert.Options{
		Warn:     func(line string) { p.say(p.log.Warn(), line) },
		Info:     func(line string) { p.say(p.log.Info(), line) },
		Instance: hostname(),
		URL:      func() string { return "http://" + reachable(p.control.Addr().String()) },
	})
	p.alerts.Configure(p.config)
}

// endAlerts delivers what is waiting, if that can be done soon.
func (p *program) endAlerts() {
	ctx, cancel := context.WithTimeout(context.Background(), alertFlushTime)
	defer cancel()
	p.alerts.Close(ctx)
}

// checkAlerts finds the dimensions that select no fault. It is here because config knows no faults.
func checkAlerts(g *config.Gateway, file string) error {
	var problems config.Problems
	for i, a := range g.Alerts {
		for j, c := range a.Conditions {
			if flaw := alert.NoSuchFault(&c); flaw != "" {
				key := fmt.Sprintf("alerts[%d].conditions[%d].dimensions", i, j)
				if c.Dimensions.FaultCode != "" {
					key += ".faultCode"
				}
				problems = append(problems, config.Problem{File: file, Line: c.Line, Key: key,
					Message: flaw + "; allowed: a code that `message-processor faults` lists, or ANY"})
			}
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// checkNames finds everything that a configuration names and that does not exist.
func checkNames(g *config.Gateway, file string) error {
	problems := append(problemsOf(checkLab(g, file)), problemsOf(checkAlerts(g, file))...)
	if len(problems) > 0 {
		return problems
	}
	return nil
}
