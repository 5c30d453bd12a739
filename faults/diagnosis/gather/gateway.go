package gather

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"message-processor/config"
)

// about is what is known about the gateway.
type about struct {
	reached bool // it answers
	text    []byte

	Version, Commit, Go, OS, Arch, Kernel, Host string
	PID                                         int
	Organization, Environment, Gateway          string

	ConfigFile       string `json:"config_file"`
	SystemLog        string `json:"system_log"`
	CaptureDirectory string `json:"capture_directory"`

	configured configured
}

// configured is what the configuration says, if there is one.
type configured struct{ log, captures string }

// askGateway asks the gateway about itself. Without it the configuration may still say where things are.
func (g *gathering) askGateway(ctx context.Context) error {
	text, err := g.Fetch(ctx, "/v1/runtime/about", "application/json")
	if err == nil {
		err = json.Unmarshal(text, &g.about)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		g.lacks("gateway", "%s is no gateway of this version", g.Management)
	case err != nil:
		g.lacks("gateway", "%v", err)
	default:
		g.about.reached, g.about.text = true, cleanJSON(text)
		g.say("asking the gateway at %s, %s/%s", g.Management, visible(g.about.Organization), visible(g.about.Environment))
	}
	return g.readConfig()
}

// readConfig reads the configuration for the places it names. A problem in it is noted: the gateway may well run with
// what it had loaded before.
func (g *gathering) readConfig() error {
	if g.Config == "" {
		return nil
	}
	loaded, err := config.Load(g.Config, config.Overrides{})
	if err != nil {
		var problems config.Problems
		if errors.As(err, &problems) && len(problems) > 0 {
			err = errors.New(problems[0].String())
		}
		g.note("The configuration %s has problems: %v", g.Config, err)
		return nil
	}
	g.Secrets = append(g.Secrets, loaded.Management.Password)
	g.archive.secrets = g.Secrets
	g.about.configured = configured{captures: loaded.Capture.Directory}
	if loaded.SystemLog.Path != "-" {
		g.about.configured.log = loaded.SystemLog.Path
	}
	return nil
}

// versions is the programs and the system they run on.
func (g *gathering) versions() string {
	p := &g.Program
	text := fmt.Sprintf("gathered by  message-processor %s, commit %s, %s\non           %s/%s, kernel %s\n",
		p.Version, p.Commit, p.Go, p.OS, p.Arch, orUnknown(p.Kernel))
	if a := &g.about; a.reached {
		text += fmt.Sprintf("gateway      message-processor %s, commit %s, %s\non           %s/%s, kernel %s, host %s, process %d\n",
			a.Version, a.Commit, a.Go, a.OS, a.Arch, orUnknown(a.Kernel), a.Host, a.PID)
	}
	return visible(text)
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

func (g *gathering) addVersions(context.Context) error {
	g.archive.add("versions.txt", "program, Go, operating system and kernel", []byte(g.versions()))
	return nil
}
