package main

import (
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/pflag"
)

// orderFlags are kept: how to plan, in which order to go on, how old a saved plan may be, how
// long to wait for a device, and through which proxy it is reached; nothing else.
func orderFlags() *pflag.FlagSet {
	var flags applyFlags
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.registerChoice(set)
	flags.runFlags.register(set)
	flags.registerLimits(set)
	flags.registerProxy(set)
	return set
}

// orderOf takes down the flags that stand on the command line.
func orderOf(c connection) run.Order {
	kept := run.Order{Inventory: c.inventory, Flags: map[string]string{}}
	known := orderFlags()
	c.given.Visit(func(flag *pflag.Flag) {
		if known.Lookup(flag.Name) != nil && flag.Name != "resume" {
			kept.Flags[flag.Name] = flag.Value.String()
		}
	})
	return kept
}

// repeat sets what was asked for then, unless it is said anew now.
func repeat(asked run.Order, flags *pflag.FlagSet) error {
	for name, value := range asked.Flags {
		if flags.Lookup(name) == nil || flags.Changed(name) || orderFlags().Lookup(name) == nil {
			continue
		}
		if err := flags.Set(name, value); err != nil {
			return usage.Errorf("the run was begun with --%s %s, which this acfix does not take", name, value).
				Hint("give the flag anew")
		}
	}
	return nil
}
