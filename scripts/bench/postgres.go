package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// database is a private PostgreSQL server with a database for each measurement.
type database struct {
	script    string // scripts/postgres-server
	directory string
	home      string
	made      int
}

// errNoPostgres means that this machine can't start a server.
var errNoPostgres = errors.New("there is no initdb, pg_ctl and psql (Debian: postgresql)")

// debianPrograms is where Debian keeps PostgreSQL's programs.
const debianPrograms = "/usr/lib/postgresql/*/bin"

// startDatabase starts a server that syncs, as one in production does. Programs is a pattern of folders to search
// besides PATH.
func startDatabase(ctx context.Context, script, programs string) (*database, error) {
	found, err := filepath.Glob(programs)
	if err != nil {
		return nil, err
	}
	if err := os.Setenv("PATH", strings.Join(append(found, os.Getenv("PATH")), ":")); err != nil {
		return nil, err
	}
	for _, program := range []string{"initdb", "pg_ctl", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, errNoPostgres
		}
	}
	home, err := os.MkdirTemp("/tmp", "acfix-pg.*") // short: the path of a socket has 107 bytes
	if err != nil {
		return nil, err
	}
	d := &database{script: script, home: home}
	made, err := d.run(ctx, "make")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	d.directory = strings.TrimSpace(made)
	if _, err := d.run(ctx, "start", d.directory); err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	return d, nil
}

func (d *database) run(ctx context.Context, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, d.script, arguments...)
	command.Env = append(os.Environ(), "ACFIX_TEST_POSTGRES_HOME="+d.home, "ACFIX_TEST_POSTGRES_FSYNC=on")
	var complaint bytes.Buffer
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, complaint.Bytes())
	}
	return string(output), nil
}

// stop works after an interrupt too.
func (d *database) stop() error {
	_, err := d.run(context.Background(), "stop", d.directory, "immediate")
	return errors.Join(err, os.RemoveAll(d.home))
}

// fresh makes an empty database and returns its name.
func (d *database) fresh(ctx context.Context) (string, error) {
	d.made++
	name := fmt.Sprintf("bench%d", d.made)
	_, err := d.query(ctx, "postgres", "CREATE DATABASE "+name)
	return name, err
}

func (d *database) url(name string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&user=acfix", name, d.directory)
}

func (d *database) query(ctx context.Context, name, text string) (string, error) {
	command := exec.CommandContext(ctx, "psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-d", d.url(name), "-c", text)
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %w\n%s", err, output)
	}
	return strings.TrimSpace(string(output)), nil
}

// transactions returns how many a database has seen. It asks from another database, so as not to be counted; a
// process's last ones count once it has disconnected.
func (d *database) transactions(ctx context.Context, name string) (int, error) {
	text, err := d.query(ctx, "postgres",
		"SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '"+name+"'")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}
