package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/acfix/acfix/mockdevice"
)

// identitiesMain makes certificates for simulated devices. It is a process of its own, for what a process holds counts
// as the peak memory of those that it starts.
func identitiesMain(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench identities", flag.ContinueOnError)
	flags.SetOutput(stderr)
	algorithm := flags.String("algorithm", mockdevice.IdentityRSA, "`name` of the algorithm")
	devices := flags.Int("devices", 1, "`number` of devices")
	out := flags.String("out", "", "`file` to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	made, err := mockdevice.MakeIdentities(*algorithm, *devices)
	if err != nil {
		return err
	}
	text, err := json.Marshal(made)
	if err != nil {
		return err
	}
	return os.WriteFile(*out, text, 0o600)
}

// identities returns the file with certificates for at least this many devices. It is made once for each algorithm
// and number, for all fleets of that size.
func (b *bencher) identities(ctx context.Context, algorithm string, devices int) (string, error) {
	file := filepath.Join(b.folder, fmt.Sprintf("identities-%s-%d.json", algorithm, devices))
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(b.stderr, "making %s certificates for %d devices\n", algorithm, devices)
	command := exec.CommandContext(ctx, self, "identities", "-algorithm", algorithm, "-devices",
		strconv.Itoa(devices), "-out", file)
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make certificates: %w\n%s", err, output)
	}
	return file, nil
}
