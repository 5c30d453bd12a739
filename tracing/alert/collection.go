package alert

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"message-processor/config"
	"message-processor/faults"
)

// The errors of what the management API may ask for.
var (
	ErrUnknown   = errors.New("there is no alert with this uuid")
	ErrReadOnly  = errors.New("this alert stands in the configuration file; change it there and reload")
	ErrTooMany   = fmt.Errorf("an organization has %d alerts at most", config.MostAlerts)
	ErrNameTaken = errors.New("another alert has this name")
	ErrFaultCode = errors.New("unknown fault code")
	ErrClosed    = errors.New("alerts are not evaluated here")
)

// Status is an alert with its state, as it was at one moment. It shares nothing with the engine.
type Status struct {
	UUID       string
	FromFile   bool // then it is read-only
	Alert      config.Alert
	Applies    bool // it is enabled, and for this organization and environment
	State      State
	Since      time.Time     // of the state; zero: it has never changed
	Pause      time.Duration // between evaluations
	Conditions []ConditionStatus
	History    []Episode  // newest first
	Deliveries []Delivery // newest first
}

// ConditionStatus is a condition with its values, oldest first, and the last transactions it picked, newest first.
type ConditionStatus struct {
	Violation
	Points       []Point
	Transactions []Transaction
}

// List returns all alerts: those of the file in its order, then those of the API.
func (e *Engine) List() []Status {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	list := make([]Status, len(e.rules))
	for i, r := range e.rules {
		list[i] = e.status(r)
	}
	return list
}

// Find returns one alert, or ErrUnknown.
func (e *Engine) Find(uuid string) (Status, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if r := e.find(uuid); r != nil {
		return e.status(r), nil
	}
	return Status{}, ErrUnknown
}

// Create adds an alert that lives until the engine does. It fails with ErrTooMany, ErrNameTaken,
// ErrFaultCode or ErrClosed.
func (e *Engine) Create(a config.Alert) (Status, error) {
	if err := checkFaultCodes(&a); err != nil {
		return Status{}, err
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	switch {
	case e.closed:
		return Status{}, ErrClosed
	case len(e.rules) >= config.MostAlerts:
		return Status{}, ErrTooMany
	}
	r := &rule{uuid: newUUID(), state: Inactive}
	if e.isTaken(a.Name, r) {
		return Status{}, ErrNameTaken
	}
	r.adopt(a, e.applies(&a), time.Now())
	e.rules = append(e.rules, r)
	e.refresh()
	return e.status(r), nil
}

// Update replaces an alert of the API and keeps what it has seen. It fails with ErrUnknown, ErrReadOnly, ErrNameTaken
// or ErrFaultCode.
func (e *Engine) Update(uuid string, a config.Alert) (Status, error) {
	if err := checkFaultCodes(&a); err != nil {
		return Status{}, err
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	r, err := e.changeable(uuid)
	if err != nil {
		return Status{}, err
	}
	if e.isTaken(a.Name, r) {
		return Status{}, ErrNameTaken
	}
	r.adopt(a, e.applies(&a), time.Now())
	e.refresh()
	return e.status(r), nil
}

// Delete removes an alert of the API; one that fires is resolved. It fails with ErrUnknown or ErrReadOnly.
func (e *Engine) Delete(uuid string) error {
	e.mutex.Lock()
	r, err := e.changeable(uuid)
	var notices []notice
	if err == nil {
		e.rules = slices.DeleteFunc(e.rules, func(other *rule) bool { return other == r })
		notices = r.retire(time.Now())
		e.dispatch(notices)
		e.refresh()
	}
	e.mutex.Unlock()
	e.say(notices)
	return err
}

func (e *Engine) changeable(uuid string) (*rule, error) {
	r := e.find(uuid)
	switch {
	case r == nil:
		return nil, ErrUnknown
	case r.fromFile:
		return nil, ErrReadOnly
	}
	return r, nil
}

func (e *Engine) isTaken(name string, by *rule) bool {
	return slices.ContainsFunc(e.rules, func(r *rule) bool { return r != by && r.alert.Name == name })
}

// status copies. It needs the lock.
func (e *Engine) status(r *rule) Status {
	now := time.Now()
	s := Status{UUID: r.uuid, FromFile: r.fromFile, Alert: r.alert, Applies: r.applies, State: r.state, Since: r.since,
		Pause: r.pause}
	for _, c := range r.conditions {
		v := Violation{AlertCondition: c.AlertCondition}
		v.Value, v.Known = c.value(now)
		s.Conditions = append(s.Conditions, ConditionStatus{v, slices.Clone(c.points), c.window.evidence(now)})
	}
	for _, episode := range slices.Backward(r.history) {
		copied := *episode
		copied.Worst = slices.Clone(episode.Worst)
		copied.Transactions = slices.Clone(episode.Transactions)
		s.History = append(s.History, copied)
	}
	s.Deliveries = e.deliveriesOf(r.uuid)
	return s
}

func (e *Engine) deliveriesOf(uuid string) []Delivery {
	var list []Delivery
	for _, c := range e.couriers {
		c.mutex.Lock()
		for _, d := range append(slices.Clone(c.deliveries), c.current) {
			if d.UUID == uuid {
				list = append(list, d)
			}
		}
		c.mutex.Unlock()
	}
	slices.SortStableFunc(list, func(a, b Delivery) int { return b.At.Compare(a.At) })
	return list
}

// NoSuchFault says what is wrong with a condition's dimensions about fault codes if they select none, or is "". Such an
// alert would never fire.
func NoSuchFault(c *config.AlertCondition) string {
	codes := codesOf(&c.Dimensions)
	if codes == nil || len(codes) > 0 {
		return ""
	}
	code := named(c.Dimensions.FaultCode)
	known := func(f faults.Fault) bool { return f.TraceCode == code }
	if code == "" || slices.ContainsFunc(faults.All(), known) {
		return "selects, together with its neighbours, no fault"
	}
	for _, f := range faults.All() {
		if f.Code == code {
			return fmt.Sprintf("is %q, which stands in the body of the fault; in traces and monitoring its code is %q",
				code, f.TraceCode)
		}
	}
	return fmt.Sprintf("is %q, the code of no fault", code)
}

func checkFaultCodes(a *config.Alert) error {
	for i := range a.Conditions {
		if flaw := NoSuchFault(&a.Conditions[i]); flaw != "" {
			return fmt.Errorf("%w: conditions[%d].dimensions.faultCode %s", ErrFaultCode, i, flaw)
		}
	}
	return nil
}
