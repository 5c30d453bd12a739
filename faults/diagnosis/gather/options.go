package gather

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"message-processor/faults/diagnosis/logs"
)

// Form says whose list is followed: who runs the gateway can give more than who only calls it.
type Form string

// The two forms of the playbook.
const (
	Private Form = "private" // with system.log, configuration and the gateway's state
	Public  Form = "public"  // organization, environment, API proxy, curl command, trace file, packets
)

// Options say which call to gather evidence about, and where to look. MessageID, Output and Fetch must be set.
type Options struct {
	MessageID string
	Output    string // path of the zip; it must not exist
	Form      Form   // "": Private

	// Fetch gets one path of the gateway's management API in the media type accept. It returns ErrNotFound for what
	// the gateway does not have; any other error means that the gateway cannot be asked.
	Fetch      func(ctx context.Context, path, accept string) ([]byte, error)
	Management string // the API's base URL, to be shown

	SystemLog string // path; "": where the gateway or Config says, else the playbook's two
	Capture   string // path of a packet capture; "": the one the gateway made, if any
	Config    string // path of the configuration; "": the one the gateway was started with, if it can be read here

	// Probe tries a target now, with the timers and TLS settings of its API proxy, whose YAML in force is settings (nil: not
	// known). text is for people, json the same for programs. nil: it is not tried.
	Probe    func(ctx context.Context, url string, settings []byte) (text string, json []byte, err error)
	Program  Program   // this program
	Secrets  []string  // words that must not be in the archive
	Progress io.Writer // a line for each step; nil: none
}

// Program is what gathers.
type Program struct{ Version, Commit, Go, OS, Arch, Kernel string }

// The errors of Run that callers tell apart.
var (
	// ErrNotFound is what Fetch returns for a path or thing that the gateway does not have.
	ErrNotFound = errors.New("not found")
	// ErrNowhere means that nothing knows the message id.
	ErrNowhere = errors.New("nothing is known about this message id")
	// ErrExists means that Output is there already.
	ErrExists = errors.New("the file exists already; gather overwrites nothing")
	// ErrInvalid wraps what is wrong with Options.
	ErrInvalid = errors.New("invalid option")
)

// maxID bounds a message id, in bytes: ours and the original's have fewer than half.
const maxID = 256

// check completes the options.
func (o *Options) check() error {
	if o.Form == "" {
		o.Form = Private
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	o.Management = visible(string(cleanText([]byte(o.Management)))) // a URL can have a password
	switch {
	case o.Form != Private && o.Form != Public:
		return fmt.Errorf("%w: the form is %q; allowed: private, public", ErrInvalid, o.Form)
	case o.MessageID == "" || len(o.MessageID) > maxID || strings.ContainsFunc(o.MessageID, notOfID):
		return fmt.Errorf("%w: %q is no message id; one looks like mp1-12575-114653952-1", ErrInvalid, o.MessageID)
	case o.Output == "":
		return fmt.Errorf("%w: the file to write is not named", ErrInvalid)
	}
	return nil
}

// notOfID finds what no message id has: ids become names of files.
func notOfID(r rune) bool { return r > 0x7e || !logs.PartOfID(byte(r)) }

// say tells a step.
func (o *Options) say(format string, args ...any) {
	fmt.Fprintf(o.Progress, "gather: "+format+"\n", args...)
}
