package run

import (
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/acfix/acfix/internal/usage"
)

// Budgets of a run that is given none (the contract of the command line, section "Fleets").
var (
	defaultMaxFailures    = rollout.Count(3)
	defaultMaxUnreachable = rollout.Percent(10, 3)
)

// Reading returns the rules for reading devices. waves is for runs that only read.
func (s Settings) Reading(waves bool) (rollout.Rules, error) {
	rules := rollout.Rules{Parallel: s.Parallel.Value, MaxUnreachable: defaultMaxUnreachable}
	if s.Parallel.Value < 1 {
		return rules, usage.Errorf("--parallel must be at least 1").
			Hint("give --parallel 1 for one device after the other")
	}
	if s.Soak.Value < 0 || s.Pause.Value < 0 {
		return rules, usage.Errorf("--soak and --pause can't be negative").Hint("give a time such as 10m")
	}
	var err error
	if s.MaxUnreachable.Given {
		if rules.MaxUnreachable, err = rollout.ParseLimit(s.MaxUnreachable.Value); err != nil {
			return rules, usage.Errorf("--max-unreachable: %s", err).
				Hint("give a number such as 5, or a percentage such as 10%")
		}
	}
	if s.Window.Value != "" {
		open, err := window.Parse(s.Window.Value)
		if err != nil {
			return rules, usage.Errorf("--window: %s", err).
				Hint("write it as in --window \"Sat,Sun 22:00-04:00 Europe/Berlin\"")
		}
		rules.Open, rules.Opens = open.Open, open.Opens
	}
	if waves && s.Batch.Value != "" {
		rules.Pause = s.Pause.Value
		rules.Batches, err = parseBatches(s.Batch.Value)
	}
	return rules, err
}

// Writing returns the rules for carrying out plans on that many devices.
func (s Settings) Writing(devices int) (rollout.Rules, error) {
	rules, err := s.Reading(false)
	if err != nil {
		return rules, err
	}
	rules.Soak, rules.Pause = s.Soak.Value, s.Pause.Value
	rules.MaxFailures, rules.Canary = defaultMaxFailures, true
	if s.MaxFailures.Given {
		// A number says how many canaries may fail, too.
		rules.Canary = false
		if rules.MaxFailures, err = rollout.ParseLimit(s.MaxFailures.Value); err != nil {
			return rules, usage.Errorf("--max-failures: %s", err).
				Hint("give a number such as 3, or a percentage such as 5%")
		}
	}
	rules.Batches, err = parseBatches(Batches(ActionApply, s.Batch.Value, devices))
	return rules, err
}

// Check finds mistakes before the operator is asked for a password.
func (s Settings) Check() error {
	_, err := s.Writing(0)
	return err
}

// Opens returns when the change window opens next, as of rollout.Rules; nil without a window.
func (s Settings) Opens() func(time.Time) time.Time {
	rules, err := s.Reading(false)
	if err != nil {
		return nil
	}
	return rules.Opens
}

// ChangeWindow returns the change window; the zero Window, which Check has refused or nothing set, where there is none.
func (s Settings) ChangeWindow() window.Window {
	set, _ := window.Parse(s.Window.Value)
	return set
}

// IsOpen reports whether the change window is open.
func (s Settings) IsOpen(now time.Time) bool {
	rules, err := s.Reading(false)
	return err == nil && (rules.Open == nil || rules.Open(now))
}
