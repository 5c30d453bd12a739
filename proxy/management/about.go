package management

import (
	"net/http"
	"time"
)

// About is what the process tells about itself, for the must-gather archive: what runs, and where the files are that
// belong to it. It holds no secret.
type About struct {
	Version string    `json:"version"`
	Commit  string    `json:"commit"`
	Go      string    `json:"go"`
	OS      string    `json:"os"`     // as GOOS
	Arch    string    `json:"arch"`   // as GOARCH
	Kernel  string    `json:"kernel"` // release; "" where it is not known
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`

	Organization string `json:"organization"`
	Environment  string `json:"environment"`
	Gateway      string `json:"gateway"` // base URL for clients

	ConfigFile       string `json:"config_file"`       // absolute; "": there is none
	SystemLog        string `json:"system_log"`        // absolute, or "-" for standard output
	CaptureDirectory string `json:"capture_directory"` // absolute; "": nothing is captured
}

// about answers with what the program tells, or nothing where it tells nothing. The path is our own.
func about(o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var told About
		if o.About != nil {
			told = o.About()
		}
		told.Organization, told.Environment, told.Gateway = o.Organization(), o.Environment(), o.Gateway()
		answer(w, http.StatusOK, told)
	}
}

// settings serves an API proxy as it is in force, as YAML: what the original's proxy bundle is to support.
func settings(o Options) http.HandlerFunc {
	local := localAPI{o}
	return local.environmentOnly(func(w http.ResponseWriter, r *http.Request) {
		scope, ok := local.deployed(w, r)
		if !ok {
			return
		}
		var text []byte
		if o.Settings != nil {
			text = o.Settings(scope.API, scope.Revision)
		}
		if text == nil {
			refuse(w, http.StatusNotFound, noResource, "The settings of this API proxy are not known")
			return
		}
		w.Header().Set("Content-Type", "application/yaml")
		w.Write(text)
	})
}
