package alert

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"message-processor/config"
)

// How hard a courier tries. A notice that cannot be delivered within deliveryTime is lost, and counted.
const (
	attemptTime    = 10 * time.Second
	firstBackoff   = time.Second
	longestBackoff = 30 * time.Second
	deliveryTime   = 2 * time.Minute
	queueLength    = 64
	deliveriesKept = 20
)

// Delivery is how the delivery of one notice ended.
type Delivery struct {
	UUID, Name  string // of the alert
	State       State
	At          time.Time // of the notice
	Took        time.Duration
	Attempts    int
	Err         string // of the last attempt; "" when it was delivered
	Pending     bool   // it goes on trying
	Channel     string
	Destination string // scheme and host; the rest of a webhook's URL may be a secret
}

// courier delivers notices to one destination, in their order, on a goroutine that lives as long as there are any.
type courier struct {
	to      config.AlertNotification
	options *Options
	client  *http.Client
	ctx     context.Context // ends when the engine has no more time

	mutex      sync.Mutex
	queue      []notice
	running    bool
	down       time.Time // since when it does not answer; zero: it does
	lost       int       // notices since then
	current    Delivery  // under way, after its first failure; else zero
	deliveries []Delivery
	delivered  uint64
	failed     uint64
}

// send queues a notice. It never waits: when the queue is full the oldest notice is lost.
func (c *courier) send(n notice, group *sync.WaitGroup) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if i := c.replaceable(&n); i >= 0 {
		c.queue[i] = n
		return
	}
	if len(c.queue) == queueLength {
		oldest := c.queue[0]
		c.queue = slices.Delete(c.queue, 0, 1)
		under := c.current
		c.note(&oldest, Delivery{Err: "the queue was full"})
		c.current = under
	}
	c.queue = append(c.queue, n)
	if !c.running {
		c.running = true
		group.Go(c.run)
	}
}

// replaceable is the place of a queued renewal for an Alertmanager that a newer one makes superfluous, or -1.
func (c *courier) replaceable(n *notice) int {
	if c.to.Channel != config.ChannelAlertmanager || n.state != Firing {
		return -1
	}
	return slices.IndexFunc(c.queue, func(q notice) bool { return q.state == Firing && q.episode.ID == n.episode.ID })
}

func (c *courier) run() {
	for {
		c.mutex.Lock()
		if len(c.queue) == 0 || c.ctx.Err() != nil {
			c.running = false
			c.mutex.Unlock()
			return
		}
		n := c.queue[0]
		c.queue = slices.Delete(c.queue, 0, 1)
		c.mutex.Unlock()
		c.deliver(&n)
	}
}

// deliver tries until it succeeds, is refused for good, or takes too long.
func (c *courier) deliver(n *notice) {
	ctx, cancel := context.WithTimeout(c.ctx, deliveryTime)
	defer cancel()
	start, backoff := time.Now(), firstBackoff
	d := Delivery{}
	for {
		d.Attempts++
		err := c.attempt(ctx, n)
		d.Took = time.Since(start)
		var final refusedError
		if err == nil {
			c.succeed(n, d)
			return
		}
		d.Err = err.Error()
		c.stumble(n, d)
		if errors.As(err, &final) || !pause(ctx, backoff) {
			break
		}
		backoff = min(2*backoff, longestBackoff)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.note(n, d)
}

// pause waits and tells whether there is time left.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// refusedError is an answer that a repetition would not change.
type refusedError struct{ status string }

func (e refusedError) Error() string { return "it answered " + e.status }

// attempt makes one request. Its error does not show the URL.
func (c *courier) attempt(ctx context.Context, n *notice) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	request, err := c.request(ctx, n)
	if err != nil {
		return err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return withoutURL(ctx, err)
	}
	response.Body.Close()
	switch status := response.StatusCode; {
	case status >= 200 && status < 300:
		return nil
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return fmt.Errorf("it answered %s", statusText(status))
	case status >= 300 && status < 400:
		return refusedError{statusText(status) + ", a redirect, which is not followed"}
	default:
		return refusedError{statusText(status)}
	}
}

// statusText does not repeat the peer's own reason phrase.
func statusText(status int) string { return fmt.Sprintf("%d %s", status, http.StatusText(status)) }

func withoutURL(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v", attemptTime)
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		return inner.Err
	}
	return err
}

// succeed keeps the result, and tells of the end of an outage.
func (c *courier) succeed(n *notice, d Delivery) {
	c.mutex.Lock()
	down, lost := c.down, c.lost
	c.down, c.lost = time.Time{}, 0
	d.Err = ""
	c.note(n, d)
	c.mutex.Unlock()
	if down.IsZero() {
		return
	}
	text := fmt.Sprintf("Alert.deliver() : %s answers again after %v", c.name(), time.Since(down).Round(time.Millisecond))
	if lost > 0 {
		text += fmt.Sprintf(", notices lost: %d", lost)
	}
	c.options.Info(text)
}

// stumble keeps the failure of an attempt, and tells of the beginning of an outage, once.
func (c *courier) stumble(n *notice, d Delivery) {
	c.mutex.Lock()
	c.current = c.about(n, d)
	c.current.Pending = true
	first := c.down.IsZero()
	if first {
		c.down = time.Now()
	}
	c.mutex.Unlock()
	if first {
		c.options.Warn(fmt.Sprintf("Alert.deliver() : %s: %s; nothing more is said until it answers again", c.name(), d.Err))
	}
}

// note keeps how a delivery ended. It needs the lock.
func (c *courier) note(n *notice, d Delivery) {
	d, c.current = c.about(n, d), Delivery{}
	if d.Err == "" {
		c.delivered++
	} else {
		c.failed++
		c.lost++
	}
	if len(c.deliveries) == deliveriesKept {
		c.deliveries = slices.Delete(c.deliveries, 0, 1)
	}
	c.deliveries = append(c.deliveries, d)
}

// about adds to a delivery what and where to.
func (c *courier) about(n *notice, d Delivery) Delivery {
	d.UUID, d.Name, d.State, d.At = n.uuid, n.alert.Name, n.state, n.at
	d.Channel, d.Destination = c.to.Channel, place(c.to.Destination)
	return d
}

func (c *courier) name() string { return c.to.Channel + " " + place(c.to.Destination) }

// place is a URL without what may be a secret.
func place(destination string) string {
	u, err := url.Parse(destination)
	if err != nil {
		return "?"
	}
	return u.Scheme + "://" + u.Host
}

// idle tells whether there is nothing to deliver.
func (c *courier) idle() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return !c.running
}
