package main

import (
	"github.com/acfix/acfix/misuse"
	"github.com/spf13/pflag"
)

// order is what a run was asked for, kept so that --resume need not be told again. It never
// holds whom to trust or as whom to log in: that is for the command line, the environment
// and the inventory to say, today as on the first day.
type order struct {
	Inventory string            `json:"inventory"`
	Flags     map[string]string `json:"flags"`
}

// orderFlags are kept: how to plan, in which order to go on, how old a saved plan may be and
// how long to wait for a device; nothing else.
func orderFlags() *pflag.FlagSet {
	var flags applyFlags
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.registerChoice(set)
	flags.runFlags.register(set)
	flags.registerLimits(set)
	return set
}

// orderOf takes down the flags that stand on the command line.
func orderOf(c connection) order {
	kept := order{Inventory: c.inventory, Flags: map[string]string{}}
	known := orderFlags()
	c.given.Visit(func(flag *pflag.Flag) {
		if known.Lookup(flag.Name) != nil && flag.Name != "resume" {
			kept.Flags[flag.Name] = flag.Value.String()
		}
	})
	return kept
}

// repeat sets what was asked for then, unless it is said anew now.
func (o order) repeat(flags *pflag.FlagSet) error {
	for name, value := range o.Flags {
		if flags.Lookup(name) == nil || flags.Changed(name) || orderFlags().Lookup(name) == nil {
			continue
		}
		if err := flags.Set(name, value); err != nil {
			return misuse.New("give the flag anew", "the run was begun with --%s %s, which this acfix does not take", name, value)
		}
	}
	return nil
}
