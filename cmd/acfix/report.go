package main

import (
	"bytes"
	"io"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

// reportJob is one "acfix report".
type reportJob struct {
	app              *app
	verbose, summary bool
	jobs, out        string
}

func (a *app) reportCommand() *cobra.Command {
	job := reportJob{app: a}
	command := &cobra.Command{
		Use:   "report RUN | report --summary [RUN]",
		Short: "Show a run that is kept, for people or for other programs; or one page for management",
		Long: `report shows a run that is kept; "acfix history" lists runs.

With --summary it makes one page for management: the share of compliant devices, the trend
over the last weeks, what is left and why, and who decides. As HTML it prints on one sheet of
A4; Markdown, text and JSON say the same. Without RUN it is about all devices as last known;
with --jobs, about those of the inventories of the jobs, and it says when the jobs run next.`,
		Annotations: map[string]string{moreFormats: "csv html junit markdown"},
		Example: `  acfix report 3f2a
  acfix report 3f2a -o html > run.html
  acfix report 3f2a -o csv > run.csv
  acfix report 3f2a -o junit > run.xml
  acfix report --summary --jobs jobs.yaml -o html --out summary.html`,
		RunE: func(_ *cobra.Command, arguments []string) error { return job.report(arguments) },
	}
	flags := command.Flags()
	flags.BoolVarP(&job.verbose, "verbose", "v", false, "a line for every device, also for those in order")
	flags.BoolVar(&job.summary, "summary", false, "one page for management, of a run or of all devices as last known")
	flags.StringVar(&job.jobs, "jobs", "",
		"with --summary: a jobs file, for the devices of its inventories and the next runs of its jobs")
	flags.StringVar(&job.out, "out", "", "write to this file, not to stdout")
	return command
}

func (j *reportJob) report(arguments []string) error {
	if err := j.check(arguments); err != nil {
		return err
	}
	if j.out == "" {
		return j.write(j.app.stdout, arguments)
	}
	var text bytes.Buffer
	if err := j.write(&text, arguments); err != nil {
		return err
	}
	return writePrivate(j.out, text.Bytes())
}

func (j *reportJob) check(arguments []string) error {
	output := j.app.flags.output
	switch {
	case len(arguments) > 1, len(arguments) == 0 && !j.summary:
		return usage.Errorf("give one run").Hint("\"acfix history\" lists the runs")
	case j.summary && (output == "csv" || output == "junit"):
		return usage.Errorf("--summary has no format %q", output).Hint("give one of: text, json, html, markdown")
	case j.summary && j.verbose:
		return usage.Errorf("--summary is one page; it has no -v").Hint("leave out one of them")
	case !j.summary && output == formatMarkdown:
		return usage.Errorf("the format markdown is for --summary").Hint("add --summary, or give another format")
	case !j.summary && j.jobs != "":
		return usage.Errorf("--jobs is for --summary").Hint("add --summary, or leave out --jobs")
	}
	return nil
}

func (j *reportJob) write(w io.Writer, arguments []string) error {
	if j.summary {
		return j.summarize(w, arguments)
	}
	return j.app.withRun(arguments[0], func(opened *store.Store, run store.Run) error {
		return j.run(w, opened, run)
	})
}

func (j *reportJob) run(w io.Writer, opened *store.Store, run store.Run) error {
	kept := j.app.ledger(opened)
	head, err := kept.Head(run)
	if err != nil {
		return err
	}
	devices := kept.Devices(j.app.abort, run.ID)
	switch j.app.flags.output {
	case formatJSON:
		return report.RunJSON(w, head, devices)
	case "csv":
		return report.RunCSV(w, head, devices)
	case "html":
		return report.RunHTML(w, head, devices)
	case "junit":
		return report.RunJUnit(w, head, devices)
	default:
		style := j.app.style(j.app.stdoutIsTerminal && j.out == "")
		style.Verbose = j.verbose
		return report.RunText(w, head, devices, style)
	}
}
