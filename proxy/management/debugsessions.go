package management

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"message-processor/tracing/session"
)

// defaultTimeout is how long a session lasts when its caller does not say.
const defaultTimeout = 600 * time.Second

// debugSessions is the original's API for trace sessions. Clients were seen to send any content type, no Accept field,
// and to insist on 201.
type debugSessions struct{ o Options }

// create opens the session that the query describes. The documentation says that the answer is the bare name, its
// clients read an object's member name: the object serves those that exist.
func (d debugSessions) create(w http.ResponseWriter, r *http.Request, scope session.Scope) {
	spec, err := parseSpec(r.URL.RawQuery)
	if err != nil {
		refuseError(w, err)
		return
	}
	spec.Scope = scope
	info, err := d.o.Sessions.Create(spec)
	if err != nil {
		refuseError(w, err)
		return
	}
	answer(w, http.StatusCreated, describe(info))
}

// show describes one session. The path is our own.
func (d debugSessions) show(w http.ResponseWriter, r *http.Request, scope session.Scope) {
	info, err := d.o.Sessions.Find(scope, r.PathValue("s"))
	if err != nil {
		refuseError(w, err)
		return
	}
	answer(w, http.StatusOK, describe(info))
}

// description is a session as create answers it. Apart from name it is our own.
type description struct {
	Name         string `json:"name"`
	Organization string `json:"organization"`
	Environment  string `json:"environment"`
	API          string `json:"api"`
	Revision     string `json:"revision"`
	Timeout      string `json:"timeout"` // seconds, as text like all numbers of this API
	Transactions int    `json:"transactions"`
	Limit        int    `json:"limit"`
}

func describe(i session.Info) description {
	return description{i.Name, i.Organization, i.Environment, i.API, strconv.Itoa(i.Revision),
		strconv.Itoa(int(i.Ends.Sub(i.Started).Seconds())), i.Transactions, i.Limit}
}

// parseSpec reads session, timeout (seconds) and the filters header_NAME and qparam_NAME. Parameters of other names are
// ignored. A query that cannot be decoded is refused as a whole: a filter that got lost would record too much.
func parseSpec(query string) (session.Spec, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return session.Spec{}, fmt.Errorf("%w: the query cannot be decoded", session.ErrInvalidFilter)
	}
	if !values.Has("session") {
		return session.Spec{}, fmt.Errorf("%w: the query parameter session is missing", session.ErrInvalidName)
	}
	spec := session.Spec{Name: values.Get("session")}
	if spec.Timeout, err = parseTimeout(values.Get("timeout")); err != nil {
		return session.Spec{}, err
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[key] {
			if filter, ok := session.ParseFilter(key, value); ok {
				spec.Filters = append(spec.Filters, filter)
			}
		}
	}
	return spec, nil
}

// parseTimeout reads whole seconds. More than the gateway allows is cut by the Store.
func parseTimeout(text string) (time.Duration, error) {
	if text == "" {
		return defaultTimeout, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 {
		return 0, fmt.Errorf("%w: %.40q is not a positive number of seconds", session.ErrInvalidTimeout, text)
	}
	return time.Duration(min(seconds, math.MaxInt64/int64(time.Second))) * time.Second, nil
}

func (d debugSessions) list(w http.ResponseWriter, _ *http.Request, scope session.Scope) {
	list := []string{}
	for _, info := range d.o.Sessions.List(scope) {
		list = append(list, info.Name)
	}
	names(w, list)
}

func (d debugSessions) remove(w http.ResponseWriter, r *http.Request, scope session.Scope) {
	name := r.PathValue("s")
	if err := d.o.Sessions.Delete(scope, name); err != nil {
		refuseError(w, err)
		return
	}
	answer(w, http.StatusOK, name)
}

func (d debugSessions) data(w http.ResponseWriter, r *http.Request, scope session.Scope) {
	transactions, err := d.o.Sessions.Transactions(scope, r.PathValue("s"))
	if err != nil {
		refuseError(w, err)
		return
	}
	ids := []string{}
	for _, t := range transactions {
		ids = append(ids, t.ID())
	}
	names(w, ids)
}

// file is the session as the original's UI downloads it. The path is our own.
func (d debugSessions) file(w http.ResponseWriter, r *http.Request, scope session.Scope) {
	file, err := d.o.Sessions.AppendFile(nil, scope, r.PathValue("s"))
	if err != nil {
		refuseError(w, err)
		return
	}
	attach(w, file)
}

// view serves the transaction that the path names.
func (d debugSessions) view(serve transactionForm) func(http.ResponseWriter, *http.Request, session.Scope) {
	return func(w http.ResponseWriter, r *http.Request, scope session.Scope) {
		t, err := d.o.Sessions.Get(scope, r.PathValue("s"), r.PathValue("t"))
		if err != nil {
			refuseError(w, err)
			return
		}
		serve(w, r, t)
	}
}
