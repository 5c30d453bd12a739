package gather

import (
	"context"
	"net/url"
	"time"
)

const (
	maxConfig    = 4 << 20         // bytes
	probePatient = 3 * time.Minute // two handshake timeouts of the original, and some
)

// addSettings adds what the API proxy bundle is to support: the proxy as it is in force, and the file it came from.
func (g *gathering) addSettings(ctx context.Context) error {
	if g.about.reached && g.call.API != "" {
		text, err := g.Fetch(ctx, g.revisionPath()+"/settings", "application/yaml")
		if err == nil {
			g.inForce = text
			g.archive.add("configuration/proxy.yaml", "the API proxy as it is in force, defaults written out", cleanYAML(text))
		} else {
			g.lacks("API proxy in force", "%v", err)
		}
	} else {
		g.lacks("API proxy in force", "only the gateway knows it")
	}
	path := g.Config
	if path == "" {
		path = g.about.ConfigFile
	}
	if path == "" {
		g.lacks("configuration file", "%s", noConfig(g.about.reached))
		return nil
	}
	text, more, err := readBounded(path, maxConfig)
	switch {
	case err != nil:
		g.lacks("configuration file", "%v", err)
	case more:
		g.lacks("configuration file", "%s is larger than any configuration", path)
	default:
		g.archive.add("configuration/gateway.yaml", "the configuration file, without its secrets", cleanYAML(text))
	}
	return nil
}

func noConfig(reached bool) string {
	if reached {
		return "the gateway was started without one"
	}
	return "name it with --config"
}

// addProbe tries the target as it is now.
func (g *gathering) addProbe(ctx context.Context) error {
	if g.Probe == nil {
		g.lacks("probe of the target", "not run")
		return nil
	}
	if g.call.TargetURL == "" {
		g.lacks("probe of the target", "the target's URL is not known")
		return nil
	}
	g.say("trying the target now; a backend that does not answer takes as long as it may")
	ctx, cancel := context.WithTimeout(ctx, probePatient)
	defer cancel()
	text, document, err := g.Probe(ctx, g.call.TargetURL, g.inForce)
	if err != nil && text == "" {
		g.lacks("probe of the target", "%v", err)
		return nil
	}
	g.probe = visible(string(cleanText([]byte(text))))
	g.archive.add("probe.txt", "what the target does now, step by step", []byte(g.probe))
	if len(document) > 0 {
		g.archive.add("probe.json", "the same for programs", cleanJSON(document))
	}
	return nil
}

// findTarget finds the URL of the target as the gateway has it deployed.
func (g *gathering) findTarget(ctx context.Context) {
	var leaves []struct{ API, Revision, Target string }
	if !g.about.reached || g.call.API == "" || g.get(ctx, "/v1/classification/tree", &leaves) != nil {
		return
	}
	for _, leaf := range leaves {
		if u, err := url.Parse(leaf.Target); leaf.API == g.call.API && leaf.Revision == number(g.call.Revision) && err == nil {
			// The query is the target's business, and where its secrets are.
			u.RawQuery, u.User, u.Fragment = "", nil, ""
			g.call.TargetURL = u.String()
			return
		}
	}
	g.note("The URL of the target is not known: the gateway has no such API proxy any more.")
}
