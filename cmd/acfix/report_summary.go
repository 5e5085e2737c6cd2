package main

import (
	"errors"
	"io"

	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/scheduler"
)

// formatMarkdown is a format of summaries alone.
const formatMarkdown = "markdown"

// summarize writes the page of a run or, without one, of all devices.
func (j *reportJob) summarize(w io.Writer, arguments []string) error {
	source := scheduler.Summaries{Now: j.app.now()}
	var listed *known.Listed
	if j.jobs != "" {
		file, err := j.app.readJobs(j.jobs)
		if err != nil {
			return err
		}
		if listed, err = j.app.listed(file); err != nil {
			return err
		}
		source.File = file.JobsFile
	}
	if len(arguments) == 0 {
		return j.fleet(w, source, listed)
	}
	return j.app.withRun(arguments[0], func(opened *store.Store, run store.Run) error {
		source.Ledger = j.app.ledger(opened)
		sheet, err := source.Run(j.app.abort, run)
		return j.sheet(w, sheet, err)
	})
}

func (j *reportJob) fleet(w io.Writer, source scheduler.Summaries, listed *known.Listed) error {
	opened, err := j.app.openSettled()
	if errors.Is(err, errNothingKept) {
		return j.sheet(w, source.Unread(listed), nil)
	}
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	source.Ledger = j.app.ledger(opened)
	sheet, err := source.Fleet(j.app.abort, listed)
	return j.sheet(w, sheet, err)
}

func (j *reportJob) sheet(w io.Writer, sheet *summary.Sheet, err error) error {
	if err != nil {
		return err
	}
	switch j.app.flags.output {
	case formatJSON:
		return summary.JSON(w, sheet)
	case "html":
		return summary.HTML(w, sheet)
	case formatMarkdown:
		return summary.Markdown(w, sheet)
	default:
		return summary.Text(w, sheet)
	}
}
