package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// soak is a run.
type soak struct {
	options     options
	layout      layout
	phases      phases
	dir         string
	slowProgram string
	began       time.Time

	around   surroundings
	labs     []*labProcess
	plain    *plainBackend
	receiver *spanReceiver
	gateways []*gateway
	ledger   *ledger

	mutex      sync.Mutex
	sessionIDs []string
	holders    int // started so far
}

// phases is how the time is divided.
type phases struct {
	warm, alone  time.Duration
	ramp         time.Duration // over which the stuck handshakes begin
	timeout      time.Duration // of the stuck handshakes
	after        time.Duration // from the last answer to the look at what is left of the memory
	rest         time.Duration // what the end takes: quiet and the books
	betweenSmall time.Duration // between two small bursts in the mixture
}

// divide divides a duration. 55 seconds are the timeout of the original; a minute after the burst is where the target for its memory is; a short run has no minute.
func divide(whole time.Duration) phases {
	between := func(least, d, most time.Duration) time.Duration { return max(least, min(d, most)) }
	p := phases{warm: between(5*time.Second, whole/5, 3*time.Minute), alone: between(3*time.Second, whole/12, time.Minute),
		timeout: between(8*time.Second, whole/30, 55*time.Second), after: between(5*time.Second, whole/12, time.Minute),
		rest: 20 * time.Second, betweenSmall: time.Minute}
	p.ramp = p.timeout * 3 / 4
	return p
}

// run runs the soak and reports. The error says that it could not be run, or that something was found.
func run(ctx context.Context, o options, out io.Writer) error {
	s := &soak{options: o, phases: divide(o.duration), ledger: newLedger(), began: time.Now()}
	if err := s.prepare(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer func() { cancel(); s.buried() }()
	r, err := s.runIn(ctx)
	if err != nil {
		return fmt.Errorf("%w; logs are in %s%s", err, s.dir, s.cries())
	}
	if err := r.publish(o.report, out); err != nil {
		return err
	}
	if len(r.Findings) > 0 {
		for _, f := range r.Findings {
			fmt.Fprintln(os.Stderr, "soak: FOUND:", f)
		}
		return fmt.Errorf("%d findings; logs are in %s", len(r.Findings), s.dir)
	}
	if o.keep == "" {
		return os.RemoveAll(s.dir)
	}
	return nil
}

// buried waits for the end of the processes, whose context has ended.
func (s *soak) buried() {
	for _, l := range s.labs {
		<-l.ended
	}
	for _, g := range s.gateways {
		<-g.ended
	}
}

// cries are what the gateways said in their distress: a run that ends early usually ends because of them.
func (s *soak) cries() string {
	text := ""
	for _, g := range s.gateways {
		if n, first, err := g.alarms(); err == nil && n > 0 {
			text += fmt.Sprintf("; %s: %s", g.name, first)
		}
	}
	return text
}

// prepare finds out what there is to run with.
func (s *soak) prepare() error {
	race, err := raceBuild(s.options.gateway)
	if err != nil {
		return err
	}
	files, err := raiseFiles(uint64(2*s.options.stuck + spareFiles))
	if err != nil {
		return err
	}
	s.layout = plan(s.options.stuck, files, race)
	if s.slowProgram, err = findSlow(); err != nil {
		return err
	}
	if s.dir = s.options.keep; s.dir == "" {
		s.dir, err = os.MkdirTemp("", "soak-")
		return err
	}
	return os.MkdirAll(s.dir, 0o755)
}

func (s *soak) runIn(ctx context.Context) (*report, error) {
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	r := &report{soak: s}
	for _, step := range []func(context.Context, *report) error{s.warmUp, s.besides, s.mixed, s.wind} {
		if err := step(ctx, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (s *soak) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "soak: %6s %s\n", time.Since(s.began).Truncate(time.Second), fmt.Sprintf(format, args...))
}

// random is a stream of random numbers of its own.
func (s *soak) random(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(s.options.seed), stream+1_000_000*uint64(time.Since(s.began)/time.Second)))
}

// start brings everything up.
func (s *soak) start(ctx context.Context) error {
	var err error
	s.say("seed %d, %d open files for each process, %s, logs in %s", s.options.seed, s.layout.files, gateways(s.layout.gateways), s.dir)
	if s.slowProgram == "" {
		s.say("slowhttptest is not there: no slow clients")
	}
	s.around.timeout = s.phases.timeout
	if s.around.faults, err = startLab(ctx, s.options.lab, s.dir, "127.0.0.1"); err != nil {
		return err
	}
	s.labs = append(s.labs, s.around.faults)
	for i := range s.layout.silent {
		silent, err := startLab(ctx, s.options.lab, s.dir, fmt.Sprintf("127.0.0.%d", i+2), "tls-silent")
		if err != nil {
			return err
		}
		s.labs, s.around.silent = append(s.labs, silent), append(s.around.silent, silent.backends[0])
	}
	if s.plain, err = startPlain(); err != nil {
		return err
	}
	s.around.plain = s.plain.address
	if s.receiver, err = startReceiver(); err != nil {
		return err
	}
	for i := range s.layout.gateways {
		g, err := startGateway(ctx, s.options.gateway, s.dir, fmt.Sprintf("gateway-%d", i+1), s.around, s.receiver.url)
		if err != nil {
			return err
		}
		s.gateways = append(s.gateways, g)
	}
	return nil
}

// mixture runs all traffic at once for a while.
func (s *soak) mixture(ctx context.Context, d time.Duration, more ...func(context.Context)) error {
	during, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var all sync.WaitGroup
	for _, play := range append(more, s.faulty, s.leave, s.slow, s.sessions, s.reload,
		func(ctx context.Context) { s.healthy(ctx, "") }) {
		all.Go(func() { play(during) })
	}
	all.Wait()
	return ctx.Err()
}

// warmUp lets everything happen that memory is set aside for once, and looks at the gateways for the first time.
func (s *soak) warmUp(ctx context.Context, r *report) error {
	s.say("warm-up: everything at once for %v", s.phases.warm)
	if err := s.mixture(ctx, s.phases.warm); err != nil {
		return err
	}
	var err error
	r.First, err = s.quiet(ctx, "first")
	return err
}

// quiet waits until nothing happens any more, and looks at each gateway. Heap profiles go beside the logs: who finds growth
// wants to compare them.
func (s *soak) quiet(ctx context.Context, when string) ([]footprint, error) {
	s.say("quiet")
	prints := make([]footprint, len(s.gateways))
	problems := make([]error, len(s.gateways))
	var all sync.WaitGroup
	for i, g := range s.gateways {
		all.Go(func() {
			if prints[i], problems[i] = g.settle(ctx); problems[i] == nil {
				problems[i] = g.saveHeap(ctx, filepath.Join(s.dir, fmt.Sprintf("%s-heap-%s.pb.gz", g.name, when)))
			}
		})
	}
	all.Wait()
	return prints, errors.Join(problems...)
}

// besides measures healthy traffic alone and beside the stuck handshakes.
func (s *soak) besides(ctx context.Context, r *report) error {
	s.say("healthy traffic alone for %v", s.phases.alone)
	during, end := context.WithTimeout(ctx, s.phases.alone)
	s.healthy(during, "alone")
	end()

	s.say("%d handshakes get stuck over %v and time out after %v", s.options.stuck, s.phases.ramp, s.phases.timeout)
	beside, stop := context.WithCancel(ctx)
	var traffic sync.WaitGroup
	traffic.Go(func() { s.healthy(beside, "beside") })
	var err error
	r.Burst, err = s.stick(ctx, s.options.stuck, stuckSeries)
	stop()
	traffic.Wait()
	if err != nil {
		return err
	}
	s.say("healthy traffic for %v, until the memory is looked at", s.phases.after)
	during, end = context.WithTimeout(ctx, s.phases.after)
	defer end()
	s.healthy(during, "after")
	r.Burst.afterFor = s.phases.after
	r.Burst.after, _, err = s.weigh(ctx)
	return err
}

// mixed is the rest of the time: everything at once, with a tenth of the stuck handshakes now and then.
func (s *soak) mixed(ctx context.Context, r *report) error {
	rest := max(s.options.duration-time.Since(s.began)-s.phases.rest, 10*time.Second)
	s.say("everything at once for %v", rest.Truncate(time.Second))
	var problem error
	end := time.Now().Add(rest)
	err := s.mixture(ctx, rest, func(during context.Context) {
		for time.Until(end) > s.phases.ramp+s.phases.timeout && problem == nil {
			_, problem = s.stick(ctx, max(s.options.stuck/10, 1), "")
			pause(during, s.phases.betweenSmall)
		}
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return err
	}
	r.Last, err = s.quiet(ctx, "last")
	return err
}

// wind stops everything and balances the books.
func (s *soak) wind(ctx context.Context, r *report) error {
	s.say("the end: books are balanced")
	for _, g := range s.gateways {
		m, err := g.scrape(ctx)
		if err != nil {
			return err
		}
		r.Metrics = append(r.Metrics, m...)
	}
	for _, g := range s.gateways {
		r.found(g.stop())
	}
	for _, l := range s.labs {
		r.found(l.stop())
	}
	s.plain.server.Close()
	s.receiver.server.Close()
	return r.conclude()
}
