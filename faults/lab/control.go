package lab

import (
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// maxControl bounds the body of a request to the control API.
const maxControl = 4 << 10

// stateJSON is a State with stable keys.
type stateJSON struct {
	Name       string            `json:"name"`
	Address    string            `json:"address"`
	Does       string            `json:"does"`
	Share      map[string]string `json:"share,omitempty"` // "5%"
	For        string            `json:"for,omitempty"`   // what is left, "25s"
	Open       int               `json:"open"`
	Accepted   map[string]int    `json:"accepted"`
	Switchable bool              `json:"switchable"`
	Note       string            `json:"note,omitempty"`
}

// Handler is the control API:
//
//	GET    /backends        what every backend does now
//	GET    /backends/NAME   one of them
//	POST   /backends/NAME   does=tls-silent and for=30s, as a form or as JSON: Switch; without for, for good
//	DELETE /backends/NAME   takes the last switch back
//
// It answers only for localhost, IP addresses and Options.ControlHosts, so that no page can reach it by a name that it
// has resolve to this machine. What changes something must be JSON or carry an X-Requested-With field: no form of another
// site can send either.
func (l *Lab) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /backends", l.listStates)
	mux.HandleFunc("GET /backends/{name}", l.named(l.showState))
	mux.HandleFunc("POST /backends/{name}", l.named(l.switchState))
	mux.HandleFunc("DELETE /backends/{name}", l.named(l.resetState))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		switch safe := r.Method == http.MethodGet || r.Method == http.MethodHead; {
		case !l.answersFor(r.Host):
			refuse(w, http.StatusForbidden, "WrongHost", "this address is not called that; use localhost or an IP address")
		case !safe && !isJSON(r) && r.Header.Get("X-Requested-With") == "":
			refuse(w, http.StatusForbidden, "CrossSite", "send JSON, or a field X-Requested-With with any value")
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func (l *Lab) answersFor(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	host = strings.ToLower(host)
	_, err = netip.ParseAddr(host)
	return err == nil || host == "localhost" || slices.Contains(l.controlHosts, host)
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// named finds the backend of the path.
func (l *Lab) named(next func(http.ResponseWriter, *http.Request, Backend)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, ok := l.backend(r.PathValue("name"))
		if !ok {
			refuse(w, http.StatusNotFound, "BackendDoesNotExist", "no backend has that name; GET /backends lists them")
			return
		}
		next(w, r, b)
	}
}

func (l *Lab) listStates(w http.ResponseWriter, _ *http.Request) {
	list := []stateJSON{}
	for _, s := range l.State() {
		list = append(list, render(s))
	}
	reply(w, http.StatusOK, list)
}

func (l *Lab) showState(w http.ResponseWriter, _ *http.Request, b Backend) {
	reply(w, http.StatusOK, render(l.stateOf(b)))
}

func (l *Lab) resetState(w http.ResponseWriter, r *http.Request, b Backend) { l.change(w, r, b, "", 0) }

func (l *Lab) switchState(w http.ResponseWriter, r *http.Request, b Backend) {
	does, d, err := readSwitch(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	l.change(w, r, b, does, d)
}

func (l *Lab) change(w http.ResponseWriter, r *http.Request, b Backend, does string, d time.Duration) {
	if err := l.Switch(b.Name, does, d); err != nil {
		status := http.StatusBadRequest
		if b.fixed() != "" {
			status = http.StatusConflict
		}
		refuse(w, status, "NotPossible", strings.TrimPrefix(err.Error(), "lab: "))
		return
	}
	l.showState(w, r, b)
}

// readSwitch reads what to switch to, and for how long.
func readSwitch(w http.ResponseWriter, r *http.Request) (does string, d time.Duration, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControl)
	asked := struct{ Does, For string }{}
	if isJSON(r) {
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&asked)
	} else if err = r.ParseForm(); err == nil {
		asked.Does, asked.For = r.PostForm.Get("does"), r.PostForm.Get("for")
	}
	if err != nil {
		return "", 0, errors.New(`the body is neither a form like does=tls-silent&for=30s nor JSON like {"does":"tls-silent","for":"30s"}`)
	}
	if asked.Does == "" {
		return "", 0, errors.New("does is missing; allowed: the name of a behaviour, such as tls-silent")
	}
	if asked.For != "" {
		if d, err = time.ParseDuration(asked.For); err != nil || d <= 0 {
			return "", 0, errors.New("for is not a duration like 30s")
		}
	}
	return asked.Does, d, nil
}

func render(s State) stateJSON {
	j := stateJSON{Name: s.Name, Address: s.Address, Does: s.Does, Open: s.Open, Accepted: s.Accepted, Switchable: s.Switchable, Note: s.Note}
	if s.Left > 0 {
		j.For = s.Left.Round(time.Millisecond).String()
	}
	if s.Accepted == nil {
		j.Accepted = map[string]int{}
	}
	for does, fraction := range s.Share {
		if j.Share == nil {
			j.Share = map[string]string{}
		}
		j.Share[does] = formatShare(fraction)
	}
	return j
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, struct {
		Code     string   `json:"code"`
		Message  string   `json:"message"`
		Contexts []string `json:"contexts"`
	}{"lab." + code, message, []string{}})
}

func reply(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.Encode(document) // whoever does not take the answer has left
}
