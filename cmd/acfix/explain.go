package main

import (
	"github.com/acfix/acfix/internal/output/explain"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

// explainSchema names the schema of a document of explanations.
const explainSchema = "acfix.explain/v1"

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Say what a code of an error or a finding means and what to do; without one, list them",
		Example: `  acfix explain not_verified
  acfix explain shared_context -o json`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			switch len(arguments) {
			case 0:
				return a.explainAll()
			case 1:
				return a.explain(arguments[0])
			default:
				return usage.Errorf("give one code").Hint("acfix explain CODE")
			}
		},
	}
}

func (a *app) explainAll() error {
	if a.flags.json() {
		return a.explainJSON(explain.Pages())
	}
	return report.Explanations(a.stdout, explain.Pages(), a.style(a.stdoutIsTerminal))
}

func (a *app) explain(code string) error {
	pages := explain.Find(code)
	switch {
	case len(pages) == 0:
		return usage.Errorf("there is no code %q", code).
			Hint(usage.DidYouMean(code, explained(), "\"acfix explain\" lists the codes"))
	case a.flags.json():
		return a.explainJSON(pages)
	default:
		return report.Explanation(a.stdout, pages, a.style(a.stdoutIsTerminal))
	}
}

func (a *app) explainJSON(pages []explain.Page) error {
	return writeJSON(a.stdout, map[string]any{"schema": explainSchema, "codes": pages})
}

// explained returns all codes that have a page.
func explained() []string {
	return explain.Codes(explain.Error, explain.Finding, explain.Probe, explain.Store)
}
