package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"message-processor/config"
)

func newCheck(s streams) *cobra.Command {
	var f serveFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Load the configuration and print every problem",
		Long: `Load the configuration, with the files it names, and print every problem as

  FILE:LINE: KEY.PATH: what is wrong; what is allowed

Exit code 1 if there is one. It takes the flags of serve, which override the file.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from := settings{path: f.config, overrides: f.overrides(cmd.Flags())}
			g, err := from.load()
			if err == nil {
				err = checkNames(g, from.path)
			}
			if asJSON {
				return reportJSON(s, g, err)
			}
			return report(s, from, g, err)
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func report(s streams, from settings, g *config.Gateway, err error) error {
	if err != nil {
		return refuse(s.out, err)
	}
	for _, w := range g.Warnings {
		fmt.Fprintf(s.out, "warning: %s\n", w)
	}
	switch proxies := apiProxies(len(g.Proxies) + len(g.Lab)); {
	case from.embedded():
		fmt.Fprintln(s.out, "command line: good; without --config and --target, serve fronts the embedded lab")
	case from.path == "":
		fmt.Fprintf(s.out, "command line: good; %s\n", proxies)
	default:
		fmt.Fprintf(s.out, "%s: good; %s\n", from.path, proxies)
	}
	return nil
}

func apiProxies(n int) string {
	if n == 1 {
		return "1 API proxy"
	}
	return fmt.Sprintf("%d API proxies", n)
}

// problemJSON is one problem with stable keys (contract section 9).
type problemJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Key     string `json:"key"`
	Message string `json:"message"`
}

func reportJSON(s streams, g *config.Gateway, err error) error {
	doc := struct {
		OK       bool          `json:"ok"`
		Problems []problemJSON `json:"problems"`
		Warnings []problemJSON `json:"warnings"`
	}{OK: err == nil, Problems: toJSON(problemsOf(err)), Warnings: []problemJSON{}}
	if g != nil {
		doc.Warnings = toJSON(g.Warnings)
	}
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if encodeErr := encoder.Encode(doc); encodeErr != nil {
		return encodeErr
	}
	if err != nil {
		return reported(problemsOf(err))
	}
	return nil
}

func toJSON(problems []config.Problem) []problemJSON {
	list := make([]problemJSON, 0, len(problems))
	for _, p := range problems {
		list = append(list, problemJSON(p))
	}
	return list
}
