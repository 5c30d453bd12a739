package management

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"message-processor/config"
	"message-processor/tracing/alert"
)

// alertsAPI is the alerts part of the original's API Monitoring API, below /apimonitoring instead of at a host of its
// own. Of the original POST and the list are known; that one alert is read, replaced and deleted at its uuid is what the
// rest of such an API does. Alerts of the configuration file can be read only. Those made here live until the gateway
// ends: the file is the place for what has to stay.
type alertsAPI struct{ o Options }

func registerAlerts(mux *http.ServeMux, o Options) {
	a := alertsAPI{o}
	mux.Handle("/apimonitoring/alerts", methods{http.MethodGet: a.ours(a.list), http.MethodPost: a.ours(a.create)})
	mux.Handle("/apimonitoring/alerts/{uuid}", methods{http.MethodGet: a.ours(a.show), http.MethodPut: a.ours(a.update),
		http.MethodDelete: a.ours(a.remove)})
}

// ours refuses an org parameter that names another organization. It may be left out.
func (a alertsAPI) ours(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if org := r.URL.Query().Get("org"); org != "" && org != a.o.Organization() {
			refuse(w, http.StatusNotFound, noOrganization, fmt.Sprintf("Organization %s does not exist here", org))
			return
		}
		serve(w, r)
	}
}

// alertJSON is the original's alert with its uuid, and with members of our own that tell how it is doing.
type alertJSON struct {
	UUID string `json:"uuid"`
	config.Alert
	Source  string     `json:"source"` // file, api
	State   string     `json:"state"`  // inactive, firing, resolved, disabled
	Since   *time.Time `json:"since,omitempty"`
	Values  []*float64 `json:"values"` // of the conditions, now; null: nothing to make one of
	History []episode  `json:"history"`
}

// episode is one time the alert fired.
type episode struct {
	ID         string     `json:"id"`
	StartsAt   time.Time  `json:"startsAt"`
	EndsAt     *time.Time `json:"endsAt,omitempty"`
	Worst      []float64  `json:"worst"`
	Notices    int        `json:"notices"`
	MessageIDs []string   `json:"messageIds"`
}

func describeAlert(s alert.Status) alertJSON {
	a := alertJSON{UUID: s.UUID, Alert: s.Alert, Source: "api", State: shownState(s), Values: []*float64{}, History: []episode{}}
	if s.FromFile {
		a.Source = "file"
	}
	if !s.Since.IsZero() {
		since := s.Since.UTC()
		a.Since = &since
	}
	for _, c := range s.Conditions {
		var value *float64
		if c.Known {
			value = &c.Value
		}
		a.Values = append(a.Values, value)
	}
	for _, e := range s.History {
		a.History = append(a.History, describeEpisode(e))
	}
	return a
}

func describeEpisode(e alert.Episode) episode {
	d := episode{ID: e.ID, StartsAt: e.Started.UTC(), Worst: e.Worst, Notices: e.Notices, MessageIDs: []string{}}
	if !e.Ended.IsZero() {
		ended := e.Ended.UTC()
		d.EndsAt = &ended
	}
	for _, t := range e.Transactions {
		d.MessageIDs = append(d.MessageIDs, t.MessageID)
	}
	return d
}

// shownState has one more state than the engine: an alert that cannot fire.
func shownState(s alert.Status) string {
	if !s.Applies {
		return "disabled"
	}
	return string(s.State)
}

func (a alertsAPI) list(w http.ResponseWriter, _ *http.Request) {
	list := []alertJSON{}
	for _, s := range a.o.Alerts.List() {
		list = append(list, describeAlert(s))
	}
	answer(w, http.StatusOK, list)
}

func (a alertsAPI) show(w http.ResponseWriter, r *http.Request) {
	s, err := a.o.Alerts.Find(r.PathValue("uuid"))
	answerAlert(w, http.StatusOK, s, err)
}

func (a alertsAPI) create(w http.ResponseWriter, r *http.Request) {
	wanted, err := a.read(r)
	if err != nil {
		refuseError(w, err)
		return
	}
	s, err := a.o.Alerts.Create(wanted)
	answerAlert(w, http.StatusCreated, s, err)
}

func (a alertsAPI) update(w http.ResponseWriter, r *http.Request) {
	wanted, err := a.read(r)
	if err != nil {
		refuseError(w, err)
		return
	}
	s, err := a.o.Alerts.Update(r.PathValue("uuid"), wanted)
	answerAlert(w, http.StatusOK, s, err)
}

func (a alertsAPI) remove(w http.ResponseWriter, r *http.Request) {
	if err := a.o.Alerts.Delete(r.PathValue("uuid")); err != nil {
		refuseError(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func answerAlert(w http.ResponseWriter, status int, s alert.Status, err error) {
	if err != nil {
		refuseError(w, err)
		return
	}
	answer(w, status, describeAlert(s))
}

// errInvalidAlert is what is wrong with a body.
var errInvalidAlert = errors.New("the alert is refused")

// longestAlert bounds a body: far above any alert within the bounds of its parts.
const longestAlert = 64 << 10

// read takes the JSON of an alert. It is decoded and written anew before the configuration's decoder judges it, which
// reads YAML: a superset of JSON but for details that the rewriting removes.
func (a alertsAPI) read(r *http.Request) (config.Alert, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, longestAlert))
	if err != nil {
		return config.Alert{}, fmt.Errorf("%w: its JSON cannot be read or is larger than %d bytes", errInvalidAlert, longestAlert)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil {
		return config.Alert{}, fmt.Errorf("%w: it is no JSON object", errInvalidAlert)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return config.Alert{}, fmt.Errorf("%w: something follows its JSON object", errInvalidAlert)
	}
	for _, told := range []string{"uuid", "source", "state", "since", "values", "history"} {
		delete(members, told) // who reads an alert, changes it and writes it back sends these too
	}
	plain, err := json.Marshal(members)
	if err != nil {
		return config.Alert{}, fmt.Errorf("%w: %w", errInvalidAlert, err)
	}
	return parseAlert(plain, a.o)
}

func parseAlert(data []byte, o Options) (config.Alert, error) {
	wanted, err := config.ParseAlert(data, o.Organization(), o.Environment())
	var problems config.Problems
	if !errors.As(err, &problems) {
		return wanted, err
	}
	var texts []string
	for _, p := range problems {
		texts = append(texts, strings.TrimPrefix(p.Key+": "+p.Message, ": "))
	}
	return config.Alert{}, fmt.Errorf("%w: %s", errInvalidAlert, strings.Join(texts, "; "))
}
