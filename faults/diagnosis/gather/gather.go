package gather

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Result is what became of a run that wrote its archive.
type Result struct {
	Path    string
	Bytes   int64 // of the zip
	Files   []File
	Missing []Missing // what belongs in but could not be had, in the order of the list
	Notes   []string  // what was changed or left out on purpose
}

// Missing is a part of the list that is not in the archive.
type Missing struct{ What, Why string }

// gathering is a run under way.
type gathering struct {
	Options
	began   time.Time
	about   about
	call    call
	log     logExcerpt
	probe   string
	inForce []byte // the API proxy's settings
	archive archive
	missing []Missing
	notes   []string
	capture bool
}

// Run gathers and writes the archive. The errors are ErrExists, ErrInvalid, ErrNowhere, the context's own and those of
// writing; after any of them there is no file.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.check(); err != nil {
		return Result{}, err
	}
	g := &gathering{Options: o, began: time.Now().UTC(), archive: archive{secrets: o.Secrets}}
	if err := mayWrite(o.Output); err != nil {
		return Result{}, err
	}
	for _, step := range g.steps() {
		if err := step(ctx); err != nil {
			return Result{}, err
		}
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
	}
	size, err := g.archive.write(ctx, o.Output)
	if err != nil {
		return Result{}, err
	}
	return Result{o.Output, size, g.archive.list(), g.missing, g.notes}, nil
}

// steps in their order. What a step cannot have it notes; an error ends the run.
func (g *gathering) steps() []func(context.Context) error {
	if g.Form == Public {
		return []func(context.Context) error{g.askGateway, g.askCall, g.readLog, g.mustBeKnown, g.addCall, g.addCapture,
			g.addVersions, g.addStory}
	}
	return []func(context.Context) error{g.askGateway, g.askCall, g.readLog, g.mustBeKnown, g.addCall, g.addLog, g.addCapture,
		g.addSettings, g.addProbe, g.addState, g.addVersions, g.addStory}
}

// mustBeKnown ends a run about a call that nobody knows.
func (g *gathering) mustBeKnown(context.Context) error {
	if g.call.found || len(g.log.lines) > 0 || g.ownCapture() != "" {
		return nil
	}
	var reasons []string
	for _, m := range g.missing {
		reasons = append(reasons, m.What+": "+m.Why)
	}
	return fmt.Errorf("%w: %s (%s)", ErrNowhere, g.MessageID, strings.Join(reasons, "; "))
}

// lacks notes what is missing.
func (g *gathering) lacks(what, format string, args ...any) {
	why := visible(string(cleanText([]byte(fmt.Sprintf(format, args...)))))
	g.missing = append(g.missing, Missing{what, why})
}

// note keeps a remark about what was done to the evidence.
func (g *gathering) note(format string, args ...any) {
	g.notes = append(g.notes, visible(string(cleanText([]byte(fmt.Sprintf(format, args...))))))
}

// has tells whether a file is in the archive.
func (g *gathering) has(name string) bool { return g.archive.find(name) != nil }
