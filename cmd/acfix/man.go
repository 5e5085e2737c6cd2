package main

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/acfix/acfix/internal/output/manpage"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

// manCommand makes the command that writes the manual pages, for packages and for people who have only the program.
func (a *app) manCommand() *cobra.Command {
	var directory, date string
	command := &cobra.Command{
		Use:    "man --dir DIR",
		Short:  "Write the manual pages to a directory",
		Hidden: true,
		Args:   noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			day := a.now()
			if date != "" {
				var err error
				if day, err = time.Parse(time.DateOnly, date); err != nil {
					return usage.Errorf("--date: %q is no date", date).Hint("give it as 2026-11-22")
				}
			}
			if directory == "" {
				return usage.Errorf("no directory is named").Hint("give --dir DIR")
			}
			return writePages(directory, manual(day).Pages(command.Root()))
		},
	}
	command.Flags().StringVar(&directory, "dir", "", "the directory, which is made if it is missing")
	command.Flags().StringVar(&date, "date", "", "the date in the pages (default today)")
	return command
}

func writePages(directory string, pages map[string]string) error {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	for file, text := range pages {
		if err := os.WriteFile(filepath.Join(directory, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func manual(day time.Time) manpage.Manual {
	var codes []manpage.Term
	for _, exit := range exitTexts {
		codes = append(codes, manpage.Term{Name: strconv.Itoa(exit.code), Text: exit.text})
	}
	return manpage.Manual{
		Date: day, Version: version, Title: "acfix manual", Groups: groupsOf,
		Sections: []manpage.Section{
			{Title: "Exit status", Terms: codes,
				Intro: "Where several apply: 64, 130, 4, 5, 1, 3, 2, 0, the first that does."},
			{Title: "Files", Terms: fileTexts,
				Intro: "The state directory is $XDG_STATE_HOME/acfix, by default ~/.local/state/acfix, " +
					"on Windows %LocalAppData%\\acfix. Every file in it is its owner's alone."},
			{Title: "Environment", Terms: variableTexts},
		},
	}
}

// exitTexts says what the exit codes mean.
var exitTexts = []struct {
	code int
	text string
}{
	{exitDone, "Done, or nothing to do, or plan made."},
	{exitFailed, "At least one device failed, or the plan was declined."},
	{exitPending, "With --detailed-exitcode: changes are pending and nothing failed."},
	{exitBlocked, "At least one device needs a person first, none failed; or a restore left something to do by hand."},
	{exitStale, "A saved plan no longer fits its device, or was carried out there already, or is too old; " +
		"nothing was written to that device."},
	{exitHalted, "Stopped by the failure budget or the change window."},
	{exitUsage, "Wrong flags or arguments, an inventory, jobs file or plan file that can't be read."},
	{exitInterrupted, "Interrupted: the first signal finishes and verifies the step in progress, " +
		"the second ends acfix at once."},
}

// fileTexts describes the files that acfix keeps or looks for.
var fileTexts = []manpage.Term{
	{Name: "backups/", Text: "In the state directory: backups, unless --backup-dir says otherwise."},
	{Name: "journal/", Text: "In the state directory: what every run was about to write, before it was sent."},
	{Name: "locks/, used-plans/", Text: "In the state directory: who works on what, and which plans were carried out."},
	{Name: "plan.key", Text: "In the state directory: the key that plans are sealed with; --plan-key FILE shares one."},
	{Name: "runs.db", Text: "In the state directory: kept runs, unless --store says otherwise."},
	{Name: "/etc/acfix/jobs.yaml, /etc/acfix/inventory.yaml",
		Text: "Jobs and devices of the systemd units; examples are in /usr/share/doc/acfix/examples."},
	{Name: "/etc/acfix/environment", Text: "Passwords for the systemd units, as variables; root's alone."},
}

// variableTexts describes the environment variables that acfix reads.
var variableTexts = []manpage.Term{
	{Name: "ACFIX_USERNAME", Text: "User name at the devices, where neither --username nor the inventory names one."},
	{Name: "ACFIX_PASSWORD",
		Text: "Password at the devices, where neither --password-file nor the inventory has one. " +
			"Others are named by password_env in an inventory, and by url_env and password_env in a jobs file."},
	{Name: "ACFIX_PFX_PASSWORD", Text: "Password of a PFX file."},
	{Name: "ACFIX_TRUST_OWNER", Text: "Numbers of users whose files may decide, as with --trust-owner; " +
		"separated by commas."},
	{Name: "PGPASSWORD, PGHOST ...", Text: "The variables of PostgreSQL, for --store postgres://."},
	{Name: "TERM", Text: "dumb: progress is written as lines, without moving the cursor."},
	{Name: "NO_COLOR", Text: "Not empty: no colour, as with --no-color."},
	{Name: "XDG_STATE_HOME, HOME", Text: "Where the state directory is."},
	{Name: "GOGC", Text: "How much memory may grow before garbage is collected, as of every Go program; " +
		"where it is not set, acfix keeps it lower than usual while it reads an inventory."},
}
