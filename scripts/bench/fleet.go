package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// fleet is a running mockdevice with its files.
type fleet struct {
	process   *exec.Cmd
	ended     chan error
	devices   int
	inventory string
	targets   string // file of devices, an address and the SHA-256 of its certificate per line
	control   string
}

// startFleet starts simulated devices in a separate process.
func (b *bencher) startFleet(ctx context.Context, devices int, latency time.Duration, algorithm string) (*fleet,
	error) {
	identities, err := b.identities(ctx, algorithm, devices)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(b.folder, "fleet-*")
	if err != nil {
		return nil, err
	}
	f := &fleet{devices: devices, inventory: filepath.Join(folder, "inventory.yaml"),
		targets: filepath.Join(folder, "targets"), ended: make(chan error, 1)}
	info, control := filepath.Join(folder, "info"), filepath.Join(folder, "control")
	f.process = exec.CommandContext(ctx, b.mockdevice, "--fleet", strconv.Itoa(devices), "--uniform", preset,
		"--ini-size", strconv.Itoa(b.iniKiB), "--latency", latency.String(), "--username", username,
		"--identities", identities, "--inventory", f.inventory, "--control-file", control, "--info-file", info)
	if err := f.process.Start(); err != nil {
		return nil, err
	}
	go func() { f.ended <- f.process.Wait() }()
	if err := f.ready(info); err != nil {
		return nil, errors.Join(err, f.stop())
	}
	at, err := os.ReadFile(control)
	f.control = strings.TrimSpace(string(at))
	return f, errors.Join(err, f.listTargets())
}

// ready waits for the file that mockdevice writes last.
func (f *fleet) ready(info string) error {
	for {
		if _, err := os.Stat(info); err == nil {
			return nil
		}
		select {
		case err := <-f.ended:
			f.ended <- err
			return fmt.Errorf("mockdevice ended: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// listTargets extracts addresses and pins from the inventory.
func (f *fleet) listTargets() error {
	in, err := os.Open(f.inventory)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(f.targets)
	if err != nil {
		return err
	}
	var url string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if text, found := strings.CutPrefix(lines.Text(), "    url: "); found {
			url = text
		}
		if pin, found := strings.CutPrefix(lines.Text(), "    pin: "); found {
			fmt.Fprintln(out, url, strings.Trim(pin, `"`))
		}
	}
	return errors.Join(lines.Err(), out.Close())
}

// total sums the requests to all devices.
type total struct {
	Requests   int `json:"requests"`
	Rounds     int `json:"rounds"`
	Handshakes int `json:"tls_handshakes"`
	Writes     int `json:"writes"`
	Done       int `json:"writes_done"`
	Needless   int `json:"needless_writes"`
	Overlap    int `json:"overlapping_writers"`
}

func (f *fleet) counts(ctx context.Context) (total, error) {
	response, err := f.ask(ctx, http.MethodGet, "/total")
	if err != nil {
		return total{}, err
	}
	defer response.Body.Close()
	var counts total
	err = json.NewDecoder(response.Body).Decode(&counts)
	return counts, err
}

// reset recreates all devices.
func (f *fleet) reset(ctx context.Context) error {
	response, err := f.ask(ctx, http.MethodPost, "/reset")
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (f *fleet) ask(ctx context.Context, method, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, f.control+path, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(request)
}

func (f *fleet) stop() error {
	if err := f.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-f.ended
	return nil
}
