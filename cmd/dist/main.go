// Command dist builds the release: static programs, archives, packages and their checksums. The
// same commit and the same Go version produce the same bytes, wherever and whenever.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "dist: error: %s\n", err)
		os.Exit(1)
	}
}

// release is one set of files to publish.
type release struct {
	ctx             context.Context
	version, commit string
	date            time.Time // of the commit; every file has it
	out             string    // the output folder
	stage           string    // the files that go into packages
}

func run(ctx context.Context, arguments []string) error {
	r := release{ctx: ctx}
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	flags.StringVar(&r.version, "version", "", "as git describe says it")
	flags.StringVar(&r.commit, "commit", "", "the commit, in short")
	flags.StringVar(&r.out, "out", "bin/dist", "the folder that is made anew")
	epoch := flags.Int64("epoch", 0, "time of the commit, in seconds since 1970")
	only := flags.String("only", "", "of the platforms, only these, such as linux/amd64,windows/amd64")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if r.version == "" || r.commit == "" || *epoch <= 0 {
		return fmt.Errorf("give -version, -commit and -epoch; \"make dist\" does")
	}
	r.date = time.Unix(*epoch, 0).UTC()
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	return r.build(chosen)
}

// choose returns the named platforms, or all if none is named.
func choose(names string) ([]platform, error) {
	if names == "" {
		return platforms, nil
	}
	var chosen []platform
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(platforms, func(p platform) bool { return p.os+"/"+p.arch == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no platform %q", name)
		}
		chosen = append(chosen, platforms[i])
	}
	return chosen, nil
}

// build makes everything in a new folder, which finally replaces the old one.
func (r release) build(chosen []platform) error {
	final := r.out
	r.out = final + ".partial"
	r.stage = filepath.Join(r.out, "stage")
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.stage, 0o755); err != nil {
		return err
	}
	common, err := r.common()
	if err != nil {
		return err
	}
	for _, p := range chosen {
		if err := r.platform(p, common); err != nil {
			return fmt.Errorf("%s/%s: %w", p.os, p.arch, err)
		}
	}
	if err := os.RemoveAll(r.stage); err != nil {
		return err
	}
	if err := r.materials(); err != nil {
		return err
	}
	if err := sums(r.out); err != nil {
		return err
	}
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	return os.Rename(r.out, final)
}

// platform makes the archive of a platform, and on Linux its packages.
func (r release) platform(p platform, common []file) error {
	fmt.Println(p.os + "/" + p.arch)
	program, err := r.compile(p)
	if err != nil {
		return err
	}
	files := append([]file{{p.program(), 0o755, program}}, common...)
	if err := r.archive(p, files); err != nil || p.os != "linux" {
		return err
	}
	return r.packages(p, files)
}
