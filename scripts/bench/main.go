// Command bench measures acfix against the least that does the job, a shell script and Ansible, all on simulated
// devices in one process, and prints the tables of docs/benchmarks.md. "make bench" calls it; flags make the run
// smaller, and -check compares with the aims.
//
// Every program under test, "bench bare" too, is a process with its own time and memory.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "identities":
			return identitiesMain(args[1:], stderr)
		case "bare":
			return bareMain(ctx, args[1:], stderr)
		}
	}
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	return bench(ctx, o, stdout, stderr)
}
