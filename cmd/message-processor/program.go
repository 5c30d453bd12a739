package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"message-processor/config"
	"message-processor/faults/diagnosis/capture"
	"message-processor/faults/lab"
	"message-processor/proxy"
	"message-processor/proxy/management"
	"message-processor/tracing"
	"message-processor/tracing/alert"
	"message-processor/tracing/metrics"
	"message-processor/tracing/monitor"
	"message-processor/tracing/session"
	"message-processor/tracing/systemlog"
)

// managementGrace is what the management side may still take for answers it has begun when everything else has ended.
const managementGrace = time.Second

// program is a running gateway with everything around it.
type program struct {
	streams   streams
	from      settings
	started   *config.Gateway // as loaded first: what a reload cannot change
	config    *config.Gateway // as loaded last
	lab       *lab.Lab        // nil when none of its backends is fronted
	file      *systemlog.Writer
	log       zerolog.Logger
	logLines  logSearch
	sessions  *session.Store // trace sessions and kept faults
	monitor   *monitor.Store // what was served lately
	spans     *tracing.Exporter
	capture   *capture.Watch // nil: no packets are kept
	secrets   *capture.Keys  // nil: those of TLS are not kept either
	alerts    *alert.Engine
	metrics   *metrics.Metrics
	gateway   *proxy.Gateway
	inherited inheritance
	traffic   net.Listener
	control   net.Listener
	managing  *http.Server

	processor string    // name of this process in transaction ids
	began     time.Time // when it was started
}

// serve runs the gateway until a signal ends it.
func serve(ctx context.Context, from settings, asJSON bool, s streams) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR2)
	defer signal.Stop(signals)

	p := &program{streams: s, from: from, processor: newUUID(), began: time.Now()}
	if err := p.start(ctx); err != nil {
		p.close()
		return err
	}
	failed := p.run()
	running, end := context.WithCancel(ctx)
	defer end()
	go p.giveBackMemory(running)
	if err := p.announce(asJSON); err != nil {
		p.close()
		return err
	}
	err := p.wait(signals, failed)
	p.close()
	return err
}

// start opens everything the program needs, in the order in which a problem is
// best told: configuration, ports, log.
func (p *program) start(ctx context.Context) error {
	var err error
	if p.config, err = p.from.load(); err == nil {
		err = checkNames(p.config, p.from.path)
	}
	if err != nil {
		return refuse(p.streams.err, err)
	}
	if p.inherited, err = inherit(); err != nil {
		return err
	}
	if p.traffic, err = p.inherited.listen(trafficListener, "--listen", p.config.Listen); err != nil {
		return err
	}
	if p.control, err = p.inherited.listen(managementListener, "--management", p.config.Management.Listen); err != nil {
		return err
	}
	if p.lab, err = startLab(ctx, p.config, p.from.embedded()); err != nil {
		return err
	}
	if p.from.embedded() {
		embedLab(p.config, p.lab)
	}
	if err := frontLab(p.config, p.lab, p.from.path); err != nil {
		return refuse(p.streams.err, err)
	}
	p.started = p.config
	p.sessions = session.New(p.sessionOptions(p.config))
	p.monitor = monitor.New()
	if p.file, err = p.openLog(); err != nil {
		return err
	}
	p.log = zerolog.New(p.file)
	p.exportSpans(ctx)
	p.countRequests(ctx)
	p.startAlerts()
	p.captureFaults()
	p.gateway = proxy.New(p.config, proxy.Options{Host: hostname(), PID: os.Getpid(), Log: p.log, Sampling: sampling(),
		Observers: p.observers(), Dialer: p.dialer()})
	if err := p.watchState(); err != nil {
		return err
	}
	p.managing = management.NewServer(p.managementOptions())
	p.warn()
	return nil
}

func (p *program) openLog() (*systemlog.Writer, error) {
	l := p.config.SystemLog
	p.logLines = logSearch{l.Path, &recentLines{to: p.streams.out}}
	return systemlog.Open(systemlog.Options{
		Path: l.Path, Stdout: p.logLines.recent, Format: l.Format, MaxSizeMB: l.MaxSizeMB, MaxFiles: l.MaxFiles,
	})
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}

// run serves both listeners. What ends one of them comes out of the channel.
func (p *program) run() <-chan error {
	failed := make(chan error, 2)
	go func() {
		if err := p.gateway.Serve(p.traffic); err != nil {
			failed <- fmt.Errorf("client traffic: %w", err)
		}
	}()
	go func() {
		if err := p.managing.Serve(p.control); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("management: %w", err)
		}
	}()
	return failed
}

// announce tells people what there is to try and tools that the gateway is
// ready (contract section 2).
func (p *program) announce(asJSON bool) error {
	traffic, control := p.traffic.Addr().String(), p.control.Addr().String()
	if err := p.announceLab(asJSON, "http://"+reachable(traffic)); err != nil {
		return err
	}
	p.say(p.log.Info(), "Gateway.start() : message-processor "+version+" serves "+apiProxies(len(p.config.Proxies))+
		", listen "+traffic+", management "+control)
	fmt.Fprintf(p.streams.err, "message-processor ready listen=%s management=%s\n", traffic, control)
	if err := p.inherited.ready(); err != nil {
		p.say(p.log.Warn(), "Gateway.start() : "+err.Error())
	}
	return nil
}

func (p *program) announceLab(asJSON bool, gateway string) error {
	if p.lab == nil {
		return nil
	}
	list := frontedBackends(p.config, p.lab)
	if asJSON {
		return labJSON(p.streams.err, list, gateway)
	}
	return listLab(p.streams.err, p.config.Defaults, list, gateway)
}

// reachable is an address a client on this machine can use.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

// wait reacts to signals until one of them, or a failure, ends the program.
func (p *program) wait(signals <-chan os.Signal, failed <-chan error) error {
	for {
		select {
		case err := <-failed:
			p.say(p.log.Error(), "Gateway.run() : "+err.Error())
			return err
		case sig := <-signals:
			switch sig {
			case syscall.SIGHUP:
				p.reload()
				continue
			case syscall.SIGUSR2:
				if !p.handOver() {
					continue
				}
			default:
				tellSystemd("STOPPING=1")
			}
			p.drain(sig, signals)
			return nil
		}
	}
}

// drain ends the gateway in an orderly way; a second signal ends it at once.
func (p *program) drain(sig os.Signal, signals <-chan os.Signal) {
	ctx, cancel := context.WithTimeout(context.Background(), p.config.ShutdownTimeout)
	defer cancel()
	draining := fmt.Sprintf("draining %s, at most %v", count(p.gateway.Clients(), "connection"), p.config.ShutdownTimeout)
	fmt.Fprintf(p.streams.err, "message-processor %s; a second signal ends it at once\n", draining)
	p.say(p.log.Info(), fmt.Sprintf("Gateway.drain() : %v, %s", sig, draining))
	go func() {
		for {
			select {
			case again := <-signals:
				if again != syscall.SIGHUP && again != syscall.SIGUSR2 {
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	if err := p.gateway.Shutdown(ctx); err != nil {
		p.say(p.log.Warn(), "Gateway.drain() : "+count(p.gateway.Clients(), "connection")+" cut off: "+err.Error())
	}
	p.flushSpans(ctx)
	p.flushMetrics(ctx)
	p.say(p.log.Info(), "Gateway.stop() : stopped")
}

// close gives back what start opened. It works after a start that failed too.
func (p *program) close() {
	if p.managing != nil {
		ctx, cancel := context.WithTimeout(context.Background(), managementGrace)
		defer cancel()
		if p.managing.Shutdown(ctx) != nil {
			p.managing.Close()
		}
	}
	for _, l := range []net.Listener{p.traffic, p.control} {
		if l != nil {
			l.Close()
		}
	}
	if p.lab != nil {
		p.lab.Close()
	}
	if p.sessions != nil {
		p.sessions.Close()
	}
	p.endSpans()
	p.capture.Close()
	if p.alerts != nil {
		p.endAlerts()
	}
	p.endMetrics()
	if p.file != nil {
		if err := p.file.Close(); err != nil {
			fmt.Fprintln(p.streams.err, "message-processor:", err)
		}
	}
}

// say writes a line about the gateway itself to system.log.
func (p *program) say(e *zerolog.Event, message string) {
	tracing.Line(e, "BOOTSTRAP", "Apigee-Main-1", message)
}

// warn tells what was accepted but is worth knowing.
func (p *program) warn() {
	for _, w := range p.config.Warnings {
		fmt.Fprintf(p.streams.err, "warning: %s\n", w)
		p.say(p.log.Warn(), "Configuration.load() : "+w.String())
	}
}

func (p *program) managementOptions() management.Options {
	m := p.config.Management
	var control http.Handler
	if p.lab != nil {
		control = p.lab.Handler()
	}
	return management.Options{
		Lab:    control,
		Routes: p.routes, Ready: func() bool { return !p.gateway.Draining() },
		Organization: func() string { return p.gateway.Config().Organization },
		Environment:  func() string { return p.gateway.Config().Environment },
		Sessions:     p.sessions,
		Alerts:       p.alerts,
		Metrics:      p.metrics.Handler(),
		Monitor:      p.monitor,
		VirtualHost:  func() string { return p.gateway.Config().VirtualHost },
		Gateway:      func() string { return "http://" + reachable(p.traffic.Addr().String()) },
		TracingUI:    func() string { return p.gateway.Config().Tracing.UI },
		LogLines:     func(messageID string) []string { return p.logLines.lines(p.file, messageID) },
		Capture:      func(messageID string) string { return captured(p.gateway.Config(), messageID) },
		About:        p.about, Settings: p.settings,
		Username: m.Username, Password: m.Password, PProf: m.PProf, Hosts: m.Hosts,
	}
}

func (p *program) routes() []management.Route {
	var list []management.Route
	for _, deployed := range p.gateway.Config().Proxies {
		list = append(list, management.Route{
			API: deployed.Name, Revision: deployed.Revision, BasePath: deployed.BasePath, Target: deployed.Target.URL.Redacted(),
		})
	}
	return list
}
