package management

import (
	"encoding/json"
	"errors"
	"net/http"

	"message-processor/tracing/alert"
	"message-processor/tracing/session"
)

// Codes of the original that its clients look for, all with 404. OrganizationDoesNotExist is inferred from the others.
const (
	noOrganization = "messaging.config.beans.OrganizationDoesNotExist"
	noEnvironment  = "messaging.config.beans.EnvironmentDoesNotExist"
	noApplication  = "messaging.config.beans.ApplicationDoesNotExist"
	noRevision     = "messaging.config.beans.ApplicationRevisionDoesNotExist"
	noResource     = "messaging.config.beans.ResourceReferenceDoesNotExist"
)

// refusals say how errors are answered. Of these calls only 400 is documented; that what does not exist is
// 404, and what exists already 409, is how the rest of the original's API answers.
var refusals = []struct {
	err    error
	status int
	code   string
}{
	{errNotDeployed, http.StatusBadRequest, noApplication},
	{session.ErrUnknownSession, http.StatusNotFound, noResource},
	{session.ErrUnknownTransaction, http.StatusNotFound, noResource},
	{session.ErrExists, http.StatusConflict, "emulator.debugsession.AlreadyExists"},
	{session.ErrTooMany, http.StatusTooManyRequests, "emulator.debugsession.TooMany"},
	{session.ErrInvalidName, http.StatusBadRequest, "emulator.debugsession.InvalidName"},
	{session.ErrInvalidTimeout, http.StatusBadRequest, "emulator.debugsession.InvalidTimeout"},
	{session.ErrInvalidFilter, http.StatusBadRequest, "emulator.debugsession.InvalidFilter"},
	{alert.ErrUnknown, http.StatusNotFound, noResource},
	{alert.ErrReadOnly, http.StatusForbidden, "emulator.alert.ReadOnly"},
	{alert.ErrNameTaken, http.StatusConflict, "emulator.alert.AlreadyExists"},
	{alert.ErrTooMany, http.StatusConflict, "emulator.alert.TooMany"},
	{alert.ErrFaultCode, http.StatusBadRequest, "emulator.alert.InvalidAlert"},
	{errInvalidAlert, http.StatusBadRequest, "emulator.alert.InvalidAlert"},
	{alert.ErrClosed, http.StatusServiceUnavailable, "emulator.alert.Closed"},
}

// statusOf finds the status and code for an error of the Store.
func statusOf(err error) (status int, code string) {
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			return known.status, known.code
		}
	}
	return http.StatusInternalServerError, "emulator.InternalError"
}

// refuseError answers an error of the Store.
func refuseError(w http.ResponseWriter, err error) {
	status, code := statusOf(err)
	refuse(w, status, code, err.Error())
}

// refuse answers in the original's error form; clients print message.
func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, struct {
		Code     string   `json:"code"`
		Message  string   `json:"message"`
		Contexts []string `json:"contexts"`
	}{code, message, []string{}})
}

// answer writes v, which always marshals, as compact JSON.
func answer(w http.ResponseWriter, status int, v any) {
	b, _ := json.Marshal(v)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b)
}
