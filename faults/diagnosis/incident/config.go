package incident

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// names are those a configuration takes.
var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Backend is the name of the lab's backend in the configuration.
const Backend = "incident"

// Path is where the API proxy in front of it is.
const Path = "/lab/" + Backend

// Configuration is the YAML of a gateway with a backend that fails as the incident did, times divided by speed.
func (i *Incident) Configuration(speed float64) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# Fails as %s did: %s, %d.\n", i.what(), i.Fault.TraceCode, i.Fault.Status)
	for _, line := range i.Evidence {
		fmt.Fprintf(&out, "#   %s\n", line)
	}
	fmt.Fprintf(&out, "organization: %s\nenvironment: %s\n", named(i.Organization, "acme"), named(i.Environment, "test"))
	if i.Timer != "" && i.Timer != "api_timeout" {
		fmt.Fprintf(&out, "defaults: {%s: %v}\n", i.Timer, i.Wait(speed))
	}
	does := i.Does
	if does == "" {
		does = "healthy"
	}
	fmt.Fprintf(&out, "lab:\n  - name: %s\n    does: %s\n    api: %s\n    revision: %d\n", Backend, does, named(i.API, Backend), max(i.Revision, 1))
	return out.String()
}

// Wait is how long the timer of the copy waits.
func (i *Incident) Wait(speed float64) time.Duration {
	wait := time.Duration(float64(i.After) / speed)
	if wait >= 10*time.Millisecond {
		wait = wait.Round(time.Millisecond)
	}
	return max(wait, time.Millisecond)
}

func (i *Incident) what() string {
	if names.MatchString(i.MessageID) {
		return i.MessageID
	}
	return "the incident"
}

// named is a name that came from a file, if it is one.
func named(name, otherwise string) string {
	if names.MatchString(name) {
		return `"` + name + `"`
	}
	return otherwise
}
