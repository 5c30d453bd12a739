package channel

// Reason is why a Channel was closed.
type Reason uint8

// The reasons. All but the first two are the Pool's.
const (
	Ended   Reason = iota // with its exchange: a side did not want to keep it alive, or the message had no other end
	Failed                // something went wrong on it
	Stale                 // the peer had ended it, or talked unasked, while it was idle
	Expired               // idle for too long
	Full                  // enough of its kind were idle
	Unread                // bytes were left over after the answer
	Retired               // a reload has taken its target away
	Stopped               // the pool was closed
	reasonCount
)

var reasonNames = [reasonCount]string{"ended", "failed", "stale", "expired", "full", "unread", "retired", "stopped"}

// String is the reason's name in metrics.
func (r Reason) String() string { return reasonNames[r] }

// Reasons are all there are.
func Reasons() []Reason {
	all := make([]Reason, reasonCount)
	for i := range all {
		all[i] = Reason(i)
	}
	return all
}

// Counts is what became of the Channels of a Dialer.
type Counts struct {
	Opened uint64              // connected
	Closed [reasonCount]uint64 // by Reason
}

// Open counts the Channels of this Dialer that are not closed, idle ones
// included.
func (d *Dialer) Open() int {
	counts := d.Counts()
	open := counts.Opened
	for _, n := range counts.Closed {
		open -= n
	}
	return int(open)
}

// Counts returns the counts. What is closed is read first, so that there are never more of them than were opened.
func (d *Dialer) Counts() (c Counts) {
	for i := range d.closed {
		c.Closed[i] = d.closed[i].Load()
	}
	c.Opened = d.opened.Load()
	return c
}
