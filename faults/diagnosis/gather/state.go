package gather

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
)

// get reads a JSON document of the gateway.
func (g *gathering) get(ctx context.Context, path string, into any) error {
	text, err := g.Fetch(ctx, path, "application/json")
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// stateFile is something the gateway tells about itself.
type stateFile struct{ path, name, about string }

// stateFiles are what the playbook for calls that never show in a trace asks for, and our own beside it.
func (g *gathering) stateFiles() []stateFile {
	organization := "/v1/runtime/organizations/" + url.PathEscape(g.about.Organization) + "/environments"
	files := []stateFile{
		{"/v1/classification/tree", "state/classification-tree.json", "base paths and the API proxies behind them"},
		{organization, "state/environments.json", "environments of the local API"},
		{g.environmentPath() + "/faults", "state/faults.json", "the last faults, in short"},
		{"/readyz", "state/readyz.txt", "whether it takes traffic"},
		{"/metrics", "state/metrics.txt", "counters and durations"},
	}
	if g.call.API != "" {
		revisions := organization + "/" + url.PathEscape(g.about.Environment) + "/apis/" + url.PathEscape(g.call.API) + "/revisions"
		files = append(files, stateFile{revisions, "state/revisions.json", "deployed revisions of the API proxy"})
	}
	return files
}

// maxState bounds one of these files, in bytes.
const maxState = 8 << 20

// addState adds what the gateway tells about itself now.
func (g *gathering) addState(ctx context.Context) error {
	if !g.about.reached {
		g.lacks("state of the gateway", "it cannot be asked")
		return nil
	}
	g.archive.add("state/about.json", "what runs, and where its files are", g.about.text)
	for _, f := range g.stateFiles() {
		text, err := g.Fetch(ctx, f.path, "*/*")
		switch {
		case errors.Is(err, ErrNotFound):
			g.lacks(f.name, "the gateway does not serve %s", f.path)
		case err != nil:
			g.lacks(f.name, "%v", err)
		case len(text) > maxState:
			g.lacks(f.name, "%s is larger than %d MiB", f.path, maxState>>20)
		case json.Valid(text):
			g.archive.add(f.name, f.about, cleanJSON(text))
		default:
			g.archive.add(f.name, f.about, []byte(visible(string(cleanText(text)))))
		}
	}
	g.addSockets()
	return nil
}
