package management

import (
	"encoding/json"
	"net/http"
)

// Codes of the original that its clients look for, all with 404. OrganizationDoesNotExist is inferred from the others.
const (
	noOrganization = "messaging.config.beans.OrganizationDoesNotExist"
	noEnvironment  = "messaging.config.beans.EnvironmentDoesNotExist"
	noApplication  = "messaging.config.beans.ApplicationDoesNotExist"
)

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
