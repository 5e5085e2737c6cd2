package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/spf13/cobra"
)

type applyFlags struct {
	planFlags
	dryRun bool
	yes    bool
}

func (a *app) applyCommand() *cobra.Command {
	var flags applyFlags
	command := &cobra.Command{
		Use:   "apply TARGET...",
		Short: "Plan, show, ask, and carry out; each step is proved by reading the device",
		Long: `apply makes the same plan as "acfix plan", shows it, asks, and carries it out on one
device after the other: backup, bundle switch, missing roots one by one, save. Every
change is proved by reading the device again; nothing is saved before all of it is.

With --dry-run nothing is written, neither to a device nor a backup to disk.`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if !flags.dryRun && !flags.yes && !a.stdinIsTerminal {
				return misuse("add --yes, or --dry-run to see what would be done", "there is no terminal to ask on")
			}
			targets, dialer, err := a.prepare(arguments, flags.connection)
			if err != nil {
				return err
			}
			result, err := a.apply(targets, dialer, flags)
			if err != nil {
				return err
			}
			return resultExit(result, flags.detailed && flags.dryRun)
		},
	}
	flags.register(command.Flags())
	command.Flags().BoolVar(&flags.dryRun, "dry-run", false, "show what would be done; no backup, no write")
	command.Flags().BoolVar(&flags.yes, "yes", false, "do not ask")
	return command
}

func (a *app) apply(targets []target, dialer *dialer, flags applyFlags) (remediate.Result, error) {
	plan := a.makePlan(targets, dialer, flags.planFlags)
	result := remediate.Result{Schema: remediate.ResultSchema, Run: newID(), DryRun: flags.dryRun, Devices: []remediate.DeviceResult{}}
	if flags.dryRun {
		return a.dryRun(plan, result)
	}
	if err := report.Plan(a.stderr, plan, a.style(false)); err != nil {
		return result, fmt.Errorf("show the plan: %w", err)
	}
	agreed := flags.yes || plan.Summary[remediate.Change] == 0 || a.agree(plan)
	for i, device := range plan.Devices {
		switch {
		case device.Verdict == remediate.Change && !agreed:
			result.Devices = append(result.Devices, declined(device))
		default:
			result.Devices = append(result.Devices, a.applyDevice(targets[i], device, dialer, flags))
		}
	}
	result.Summarize()
	return result, a.showResult(result)
}

// dryRun shows what apply would do; the clients that read were unable to write.
func (a *app) dryRun(plan remediate.Plan, result remediate.Result) (remediate.Result, error) {
	for _, device := range plan.Devices {
		result.Devices = append(result.Devices, remediate.NewResult(device))
	}
	result.Summarize()
	if a.flags.json() {
		return result, writeJSON(a.stdout, result)
	}
	if err := report.Plan(a.stdout, plan, a.style(a.stdoutIsTerminal)); err != nil {
		return result, fmt.Errorf("show the plan: %w", err)
	}
	_, err := fmt.Fprintln(a.stdout, "\nDry run: nothing was written.")
	return result, err
}

func (a *app) agree(plan remediate.Plan) bool {
	fmt.Fprintf(a.stderr, "\nCarry out the plan on %d of %d devices? Only \"yes\" is taken: ", plan.Summary[remediate.Change], len(plan.Devices))
	answer, err := bufio.NewReader(io.LimitReader(a.stdin, 1024)).ReadString('\n')
	if err != nil && answer == "" {
		fmt.Fprintln(a.stderr)
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "yes" || answer == "y"
}

func declined(plan remediate.DevicePlan) remediate.DeviceResult {
	result := remediate.NewResult(plan)
	result.Status = remediate.Skipped
	result.Error = &remediate.Failure{Code: remediate.CodeDeclined, Message: "the plan was declined; nothing was written", Hint: "Run apply again and answer yes, or give --yes."}
	return result
}

func (a *app) applyDevice(t target, plan remediate.DevicePlan, dialer *dialer, flags applyFlags) remediate.DeviceResult {
	if plan.Verdict != remediate.Change {
		return remediate.NewResult(plan)
	}
	client := dialer.client(t, false)
	defer client.Close()
	executor := remediate.Executor{
		Device: client, Terms: flags.terms(), Archive: a.archive(t),
		Retry: a.patience(), Settle: a.settling(), Now: a.now, Stop: a.stop,
		Progress: func(step remediate.Step, number, of int) {
			a.say("%s: step %d of %d: %s", t.name, number, of, report.StepText(step.Kind, step.Context, step.Root))
		},
	}
	return executor.Apply(a.abort, plan)
}

func (a *app) showResult(result remediate.Result) error {
	if a.flags.json() {
		return writeJSON(a.stdout, result)
	}
	return report.Result(a.stdout, result, a.style(a.stdoutIsTerminal))
}
