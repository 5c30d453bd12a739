package alert

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"message-processor/config"
	"message-processor/tracing"
)

// Options is what the engine needs of the program around it. Warn and Info must be set.
type Options struct {
	// Warn and Info write a line to system.log: an alert fires, is resolved, a destination does not answer.
	Warn, Info func(line string)
	// Instance names this gateway among others; it becomes a label.
	Instance string
	// URL is the base of the management listener, for links to the page of alerts and to traces; nil: no links.
	URL func() string
	// Transport carries notices; nil is the network.
	Transport http.RoundTripper
}

// page is where people see an alert.
func (o *Options) page(uuid string) string {
	if o.URL == nil {
		return ""
	}
	return o.URL() + "/monitoring/alerts#alert-" + uuid
}

// trace is where the trace of a transaction is, "" if it is not kept.
func (o *Options) trace(t *Transaction) string {
	if o.URL == nil || !t.Kept {
		return ""
	}
	return o.URL() + "/faults/" + url.PathEscape(t.MessageID)
}

// Engine holds the alerts and evaluates them. It is safe for concurrent use.
type Engine struct {
	options Options
	client  *http.Client
	watched atomic.Pointer[[]*condition] // what Observe looks at

	mutex                     sync.Mutex
	organization, environment string
	rules                     []*rule // in the order of the file, then those of the API as they came
	couriers                  map[string]*courier
	closed                    bool

	changed    chan struct{} // buffered: there is something to do earlier than thought
	stop       chan struct{}
	stopped    chan struct{}
	deliveries sync.WaitGroup
	expire     context.CancelFunc // ends what couriers are doing
	lifetime   context.Context
}

// New returns an engine without alerts, evaluating until Close.
func New(o Options) *Engine {
	e := &Engine{options: o, client: newClient(o.Transport), couriers: map[string]*courier{},
		changed: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
	e.lifetime, e.expire = context.WithCancel(context.Background())
	e.watched.Store(&[]*condition{})
	go e.run()
	return e
}

// Observe is the tracing.Observer: it counts a finished transaction in every condition it matches.
func (e *Engine) Observe(r *tracing.Record) {
	watched := *e.watched.Load()
	if len(watched) == 0 {
		return
	}
	s := seenIn(r)
	for _, c := range watched {
		c.observe(&s)
	}
}

// Configure puts the alerts of a configuration in force. Those of the API stay. An alert is the same as before if its
// name is: it keeps its state and history, and its conditions what they have counted, as far as they still look at the
// same.
func (e *Engine) Configure(c *config.Gateway) {
	now := time.Now()
	e.mutex.Lock()
	e.organization, e.environment = c.Organization, c.Environment
	var rules []*rule
	for _, a := range c.Alerts {
		uuid := fileUUID(a.Name)
		r := e.find(uuid)
		if r == nil {
			r = &rule{uuid: uuid, fromFile: true, state: Inactive}
		}
		r.adopt(a, e.applies(&a), now)
		rules = append(rules, r)
	}
	var notices []notice
	for _, old := range e.rules {
		switch {
		case !old.fromFile:
			old.adopt(old.alert, e.applies(&old.alert), now)
			rules = append(rules, old)
		case !slices.Contains(rules, old):
			notices = append(notices, old.retire(now)...)
		}
	}
	e.rules = rules
	e.dispatch(notices)
	e.refresh()
	e.mutex.Unlock()
	e.say(notices)
}

// fileUUID gives an alert of the file the same uuid in every run.
func fileUUID(name string) string {
	sum := sha256.Sum256([]byte("alert of the configuration file: " + name))
	return formatUUID([16]byte(sum[:16]), 0x80)
}

// applies tells whether an alert can fire here at all.
func (e *Engine) applies(a *config.Alert) bool {
	ours := func(name, own string) bool { return name == "" || name == config.Any || name == own }
	for _, c := range a.Conditions {
		if !ours(c.Dimensions.Org, e.organization) || !ours(c.Dimensions.Env, e.environment) {
			return false
		}
	}
	return a.Enabled && ours(a.Organization, e.organization) && ours(a.Environment, e.environment)
}

// retire ends an alert that is no longer there.
func (r *rule) retire(now time.Time) []notice {
	if r.state != Firing {
		return nil
	}
	return r.end(now, "the alert was removed")
}

// refresh follows a change of the rules. It needs the lock.
func (e *Engine) refresh() {
	watched := []*condition{}
	for _, r := range e.rules {
		if r.applies {
			watched = append(watched, r.conditions...)
		}
	}
	e.watched.Store(&watched)
	for key, c := range e.couriers {
		if c.idle() && !e.isDestination(key) {
			delete(e.couriers, key)
		}
	}
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

func (e *Engine) isDestination(key string) bool {
	for _, r := range e.rules {
		for _, to := range r.alert.Notifications {
			if courierKey(to) == key {
				return true
			}
		}
	}
	return false
}

func courierKey(to config.AlertNotification) string {
	return strings.Join([]string{to.Channel, to.Destination, string(to.Secret)}, "\x00")
}

func (e *Engine) find(uuid string) *rule {
	for _, r := range e.rules {
		if r.uuid == uuid {
			return r
		}
	}
	return nil
}

// run evaluates what is due, for as long as the engine lives.
func (e *Engine) run() {
	defer close(e.stopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-e.changed:
		case <-timer.C:
		}
		timer.Reset(time.Until(e.evaluate(time.Now())))
	}
}

// evaluate looks at the alerts that are due, tells what there is to tell, and returns when the next is due.
func (e *Engine) evaluate(now time.Time) time.Time {
	var notices []notice
	next := now.Add(longestPause)
	e.mutex.Lock()
	for _, r := range e.rules {
		if !r.due.After(now) {
			notices = append(notices, r.evaluate(now)...)
		}
		if r.due.Before(next) {
			next = r.due
		}
	}
	e.dispatch(notices)
	e.mutex.Unlock()
	e.say(notices)
	return next
}

// say writes what is for people to system.log. It is called without the lock: writing may take long.
func (e *Engine) say(notices []notice) {
	for _, n := range notices {
		switch {
		case !n.people:
		case n.state == Firing:
			e.options.Warn(n.line())
		default:
			e.options.Info(n.line())
		}
	}
}

// dispatch hands notices to the couriers. It needs the lock, which keeps them in order.
func (e *Engine) dispatch(notices []notice) {
	if e.closed {
		return
	}
	for _, n := range notices {
		if n.alert.Organization == config.Any {
			n.alert.Organization = e.organization
		}
		if n.alert.Environment == config.Any {
			n.alert.Environment = e.environment
		}
		for _, to := range n.alert.Notifications {
			if to.Channel == config.ChannelAlertmanager && n.managers || to.Channel == config.ChannelWebhook && n.people {
				e.courier(to).send(n, &e.deliveries)
			}
		}
	}
}

// courier returns the one for a destination. It needs the lock.
func (e *Engine) courier(to config.AlertNotification) *courier {
	key := courierKey(to)
	c := e.couriers[key]
	if c == nil {
		c = &courier{to: to, options: &e.options, client: e.client, ctx: e.lifetime}
		e.couriers[key] = c
	}
	return c
}

// Close stops evaluating and gives the couriers until the end of ctx to deliver what they have. Alerts that fire stay
// so for whoever was told: the gateway ends, what is wrong does not.
func (e *Engine) Close(ctx context.Context) {
	e.mutex.Lock()
	again := e.closed
	e.closed = true
	e.mutex.Unlock()
	if again {
		return
	}
	close(e.stop)
	<-e.stopped
	done := make(chan struct{})
	go func() {
		e.deliveries.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	e.expire()
	<-done
}
