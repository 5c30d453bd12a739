package main

import (
	"fmt"

	"message-processor/config"
)

// reload answers SIGHUP: system.log is opened anew, and the configuration is
// read again and put in force, or, if there is anything wrong with it, told
// and left alone.
func (p *program) reload() {
	if err := p.file.Reopen(); err != nil {
		p.say(p.log.Warn(), "SystemLog.reopen() : "+err.Error())
	}
	if p.from.path == "" {
		p.say(p.log.Info(), "Gateway.reload() : system.log reopened; there is no configuration file to reload")
		return
	}
	next, err := p.from.load()
	if err == nil {
		err = checkNames(next, p.from.path)
	}
	if err == nil {
		err = frontLab(next, p.lab, p.from.path)
	}
	if err != nil {
		p.refuseReload(err)
		return
	}
	for _, setting := range needRestart(p.started, next) {
		p.say(p.log.Warn(), "Gateway.reload() : "+setting+" has changed; it takes a restart to apply")
	}
	p.config = next
	p.spans.SampleFaults(samplesFaults(next))
	p.gateway.Reload(next)
	p.sessions.Configure(p.sessionOptions(next))
	p.alerts.Configure(next)
	p.metrics.Reloaded(true)
	p.warn()
	p.say(p.log.Info(), "Gateway.reload() : configuration reloaded, "+apiProxies(len(next.Proxies)))
}

func (p *program) refuseReload(err error) {
	p.metrics.Reloaded(false)
	problems := problemsOf(err)
	for _, problem := range problems {
		fmt.Fprintln(p.streams.err, problem)
		p.say(p.log.Warn(), "Gateway.reload() : "+problem.String())
	}
	refused := "configuration refused, " + count(len(problems), "problem") + "; the old one keeps serving"
	fmt.Fprintln(p.streams.err, "message-processor:", refused)
	p.say(p.log.Warn(), "Gateway.reload() : "+refused)
}

// needRestart names the settings that differ but are fixed when the program
// starts.
func needRestart(old, next *config.Gateway) []string {
	var names []string
	for _, s := range []struct {
		name    string
		changed bool
	}{
		{"listen", old.Listen != next.Listen},
		{"management", old.Management.Listen != next.Management.Listen || old.Management.PProf != next.Management.PProf ||
			old.Management.Username != next.Management.Username || old.Management.Password != next.Management.Password},
		{"system_log.path", old.SystemLog.Path != next.SystemLog.Path},
		{"system_log.format", old.SystemLog.Format != next.SystemLog.Format},
		{"system_log.max_size_mb", old.SystemLog.MaxSizeMB != next.SystemLog.MaxSizeMB},
		{"system_log.max_files", old.SystemLog.MaxFiles != next.SystemLog.MaxFiles},
		{"capture", old.Capture != next.Capture},
	} {
		if s.changed {
			names = append(names, s.name)
		}
	}
	return names
}
