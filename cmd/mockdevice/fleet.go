package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/mockdevice"
)

func (o *options) fleetFlags(flags *flag.FlagSet) {
	flags.Uint64Var(&o.fleet.Seed, "seed", 1, "`number` that decides firmware and state of each device of a fleet")
	flags.StringVar(&o.fleet.Uniform, "uniform", "", "make a fleet of one `preset`, or PRESET/KIND, see --list")
	flags.DurationVar(&o.fleet.SlowLatency, "slow-latency", 2*time.Second, "latency of slow devices")
	flags.StringVar(&o.identities, "identities", "",
		"give each device of a fleet certificates of its own from this `file`, which Identities of the package makes")
	flags.IntVar(&o.fleet.Slow, "slow", 0, "`K` devices of a fleet answer slowly")
	flags.IntVar(&o.fleet.Dead, "dead", 0, "`K` devices of a fleet reset every connection")
	flags.IntVar(&o.fleet.Hang, "hang", 0, "`K` devices of a fleet accept connections and say nothing")
	flags.StringVar(&o.inventory, "inventory", "", "write an inventory of the fleet to this `file` once listening")
	flags.StringVar(&o.control, "control-file", "",
		"write the URL of the fleet's counters to this `file`: GET /total, GET /counts, POST /reset")
}

// fits refuses flags that contradict each other.
func (o options) fits(given *flag.FlagSet) error {
	ofFleet := []string{"seed", "uniform", "slow", "slow-latency", "dead", "hang", "inventory", "control-file",
		"identities"}
	ofOne := []string{"preset", "ini", "listen", "http"}
	var err error
	given.Visit(func(f *flag.Flag) {
		switch {
		case o.fleet.Size == 0 && slices.Contains(ofFleet, f.Name):
			err = fmt.Errorf("--%s needs --fleet", f.Name)
		case o.fleet.Size != 0 && slices.Contains(ofOne, f.Name):
			err = fmt.Errorf("--%s and --fleet exclude each other", f.Name)
		}
	})
	return err
}

// newFleet makes the fleet that the options describe.
func (o options) newFleet() (*mockdevice.Fleet, error) {
	model := o.fleet
	model.Username, model.Password = o.username, "Admin"
	if password, given, err := o.password(); err != nil {
		return nil, err
	} else if given {
		model.Password = password
	}
	model.INISize, model.Latency = o.iniKiB<<10, o.latency
	if err := setVariants(&model.Dialect, o.variants); err != nil {
		return nil, err
	}
	if o.identities != "" {
		text, err := os.ReadFile(o.identities)
		if err != nil {
			return nil, err
		}
		if model.Identities, err = mockdevice.ReadIdentities(text); err != nil {
			return nil, fmt.Errorf("%s: %w", o.identities, err)
		}
	}
	fleet, err := mockdevice.NewFleet(model)
	if err != nil {
		return nil, err
	}
	return fleet, addFaults(fleet, o.faults)
}

// addFaults adds rules to all devices, or to the named ones: "sbc-00001,sbc-00002: PUT …".
func addFaults(fleet *mockdevice.Fleet, rules []string) error {
	for _, text := range rules {
		names, rule, some := strings.Cut(text, ": ")
		if !some {
			names, rule = "", text
		}
		fault, err := mockdevice.ParseFault(rule)
		if err != nil {
			return err
		}
		if !some {
			for i := range fleet.Len() {
				fleet.AddFault(i, fault)
			}
			continue
		}
		for _, name := range strings.Split(names, ",") {
			index := fleet.Named(name)
			if index < 0 {
				return fmt.Errorf("fault %q: the fleet has no %s", text, name)
			}
			fleet.AddFault(index, fault)
		}
	}
	return nil
}

func runFleet(ctx context.Context, o options, stdout, stderr io.Writer) int {
	fleet, err := o.newFleet()
	if err != nil {
		fmt.Fprintln(stderr, "mockdevice:", err)
		return exitMisuse
	}
	if err := serveFleet(ctx, o, fleet, stdout); err != nil {
		fmt.Fprintln(stderr, "mockdevice:", err)
		return exitFailed
	}
	return exitOK
}

// serveFleet writes the info file last: once it exists, all the others do.
func serveFleet(ctx context.Context, o options, fleet *mockdevice.Fleet, stdout io.Writer) error {
	server, err := mockdevice.StartFleet(fleet)
	if err != nil {
		return err
	}
	defer server.Close()
	defer rebootOnSignal(fleet.Reboot)()
	if o.control != "" {
		stop, err := serveControl(o.control, fleet)
		if err != nil {
			return err
		}
		defer stop()
	}
	info := fmt.Sprintf("ACFIX_URL=%s\nACFIX_PIN=%s\n", server.URL(0), server.Pin(0))
	for _, file := range []struct{ path, text string }{{o.inventory, string(server.Inventory())}, {o.infoFile, info}} {
		if file.path == "" {
			continue
		}
		if err := writeWhole(file.path, file.text); err != nil {
			return err
		}
	}
	fmt.Fprintf(stdout, "URL: %s to %s\nSHA-256: %s\n", server.URL(0), server.URL(fleet.Len()-1), server.Pin(0))
	<-ctx.Done()
	return json.NewEncoder(stdout).Encode(fleet.Counts())
}

// serveControl serves the counters on a loopback port of its own.
func serveControl(file string, fleet *mockdevice.Fleet) (stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: controls(fleet), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	stop = func() {
		server.Close()
		<-served
	}
	if err := writeWhole(file, "http://"+listener.Addr().String()+"\n"); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return stop, nil
}

// counters is the answer to GET /counts. It omits devices that received no request.
type counters struct {
	Total   mockdevice.Counts            `json:"total"`
	Devices map[string]mockdevice.Counts `json:"devices"`
}

func controls(fleet *mockdevice.Fleet) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(counters{fleet.Counts(), fleet.EachCounts()})
	})
	mux.HandleFunc("GET /total", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(fleet.Counts())
	})
	mux.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) { fleet.Reset() })
	return mux
}
