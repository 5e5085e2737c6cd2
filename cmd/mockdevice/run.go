package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/acfix/acfix/mockdevice"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitMisuse = 2
)

// run serves a device until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintln(stderr, "mockdevice:", err)
		return exitMisuse
	case o.list:
		list(stdout)
		return exitOK
	}
	if o.fleet.Size != 0 {
		return runFleet(ctx, o, stdout, stderr)
	}
	device, err := o.device()
	if err != nil {
		fmt.Fprintln(stderr, "mockdevice:", err)
		return exitMisuse
	}
	if err := serve(ctx, o, device, stdout); err != nil {
		fmt.Fprintln(stderr, "mockdevice:", err)
		return exitFailed
	}
	return exitOK
}

func serve(ctx context.Context, o options, device *mockdevice.Device, stdout io.Writer) error {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	server, err := mockdevice.Serve(device, listener, !o.plain)
	if err != nil {
		return err
	}
	defer server.Close()
	defer rebootOnSignal(device.Reboot)()
	info := fmt.Sprintf("ACFIX_URL=%s\nACFIX_PIN=%s\n", server.URL(), server.Fingerprint())
	if o.infoFile != "" {
		if err := writeWhole(o.infoFile, info); err != nil {
			return err
		}
	}
	fmt.Fprintf(stdout, "URL: %s\n", server.URL())
	if !o.plain {
		fmt.Fprintf(stdout, "SHA-256: %s\n", server.Fingerprint())
	}
	<-ctx.Done()
	return nil
}

// writeWhole writes a file that other processes never see half-written.
func writeWhole(path, text string) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".mockdevice-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(text)
	if err = errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

func list(out io.Writer) {
	fmt.Fprintln(out, "Presets:")
	for _, name := range mockdevice.PresetNames() {
		fmt.Fprintln(out, " ", name)
	}
	fmt.Fprintln(out, "\nKinds of device in a fleet (--uniform PRESET/KIND):\n ",
		strings.Join(mockdevice.KindNames(), ", "))
	fmt.Fprintln(out, "\nVariants (those of one group exclude each other):")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, v := range mockdevice.Variants() {
		variantRow(table, v)
	}
	table.Flush()
	fmt.Fprintln(out, "\nQuirks, with which a client may have to stop (--variant too):")
	for _, v := range mockdevice.Quirks() {
		variantRow(table, v)
	}
	table.Flush()
}

func variantRow(table io.Writer, v mockdevice.Variant) {
	fmt.Fprintf(table, "  A%d\t%s\t%s\t%s\n", v.Number, v.Name, v.Group, v.Summary)
}
