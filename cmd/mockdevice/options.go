package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/acfix/acfix/mockdevice"
)

// options are the parsed, unchecked command line.
type options struct {
	preset, ini               string
	listen                    string
	plain                     bool
	username                  string
	passwordEnv, passwordFile string
	variants, faults          words
	infoFile                  string
	iniKiB                    int
	latency                   time.Duration
	list                      bool

	fleet     mockdevice.FleetModel
	inventory string
	control   string

	identities string
}

// words collects the values of a flag that may be given several times.
type words []string

func (w *words) String() string     { return strings.Join(*w, ", ") }
func (w *words) Set(s string) error { *w = append(*w, s); return nil }

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("mockdevice", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.preset, "preset", "7.4.500", "`name` of the device to simulate, see --list")
	flags.StringVar(&o.ini, "ini", "", "simulate the device of this INI `file` instead of a preset")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "`address` to listen on; port 0 takes a free one")
	flags.BoolVar(&o.plain, "http", false, "serve HTTP instead of HTTPS")
	flags.StringVar(&o.username, "username", "Admin", "`name` of the only account")
	flags.StringVar(&o.passwordEnv, "password-env", "",
		"environment `variable` that holds the password (default password: Admin)")
	flags.StringVar(&o.passwordFile, "password-file", "", "`file` whose first line is the password")
	flags.Var(&o.variants, "variant", "`name` of a deviation, see --list; may be given again")
	flags.Var(&o.faults, "fault",
		"`rule` such as 'PUT files/ini/incremental skip=1 count=1 after drop'; may be given again; in a fleet "+
			"after 'NAME,NAME: ' for these devices alone")
	flags.StringVar(&o.infoFile, "info-file", "",
		"write ACFIX_URL=… and ACFIX_PIN=… to this `file` once listening; "+
			"a fleet's URL is that of its first device")
	flags.IntVar(&o.iniKiB, "ini-size", 0, "pad the INI file to `KiB`, as large configurations have")
	flags.DurationVar(&o.latency, "latency", 0, "every answer takes that much longer")
	flags.IntVar(&o.fleet.Size, "fleet", 0, "simulate `N` devices on 127.0.0.1, 127.0.0.2, … instead of one")
	o.fleetFlags(flags)
	flags.BoolVar(&o.list, "list", false, "list presets and variants, and end")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, o.fits(flags)
}

// device makes the device that the options describe.
func (o options) device() (*mockdevice.Device, error) {
	model, err := o.model()
	if err != nil {
		return nil, err
	}
	if err := model.PadINI(o.iniKiB << 10); err != nil {
		return nil, err
	}
	model.Username = o.username
	if password, given, err := o.password(); err != nil {
		return nil, err
	} else if given {
		model.Password = password
	}
	if err := setVariants(&model.Dialect, o.variants); err != nil {
		return nil, err
	}
	device := mockdevice.New(model)
	device.SetLatency(o.latency)
	for _, text := range o.faults {
		fault, err := mockdevice.ParseFault(text)
		if err != nil {
			return nil, err
		}
		device.AddFault(fault)
	}
	return device, nil
}

func (o options) model() (mockdevice.Model, error) {
	if o.ini == "" {
		return mockdevice.Preset(o.preset)
	}
	ini, err := os.ReadFile(o.ini)
	if err != nil {
		return mockdevice.Model{}, err
	}
	return mockdevice.FromINI(ini)
}

func (o options) password() (password string, given bool, err error) {
	switch {
	case o.passwordEnv != "" && o.passwordFile != "":
		return "", false, errors.New("--password-env and --password-file exclude each other")
	case o.passwordEnv != "":
		password, given = os.LookupEnv(o.passwordEnv)
		if !given {
			return "", false, fmt.Errorf("environment variable %s is not set", o.passwordEnv)
		}
		return password, true, nil
	case o.passwordFile != "":
		file, err := os.Open(o.passwordFile)
		if err != nil {
			return "", false, err
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Scan()
		return lines.Text(), true, lines.Err()
	}
	return "", false, nil
}

func setVariants(dialect *mockdevice.Dialect, names []string) error {
	chosen := map[string]string{}
	for _, name := range names {
		variant, found := mockdevice.FindVariant(name)
		if !found {
			return fmt.Errorf("unknown variant %q, see --list", name)
		}
		if other := chosen[variant.Group]; variant.Group != "" && other != "" {
			return fmt.Errorf("variants %s and %s exclude each other", other, name)
		}
		chosen[variant.Group] = name
		variant.Set(dialect)
	}
	return nil
}
