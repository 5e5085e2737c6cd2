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
	urls      string // file of addresses, one per line
	pin       string
	control   string
}

// startFleet starts simulated devices in a separate process.
func startFleet(ctx context.Context, o options, folder string, devices int, latency time.Duration) (*fleet, error) {
	folder, err := os.MkdirTemp(folder, "fleet-*")
	if err != nil {
		return nil, err
	}
	f := &fleet{devices: devices, inventory: filepath.Join(folder, "inventory.yaml"),
		urls: filepath.Join(folder, "urls"), ended: make(chan error, 1)}
	info, control := filepath.Join(folder, "info"), filepath.Join(folder, "control")
	f.process = exec.CommandContext(ctx, o.mockdevice, "--fleet", strconv.Itoa(devices), "--uniform", o.preset,
		"--ini-size", strconv.Itoa(o.iniKiB), "--latency", latency.String(), "--username", username,
		"--inventory", f.inventory, "--control-file", control, "--info-file", info)
	if err := f.process.Start(); err != nil {
		return nil, err
	}
	go func() { f.ended <- f.process.Wait() }()
	if err := f.ready(info); err != nil {
		return nil, errors.Join(err, f.stop())
	}
	return f, errors.Join(f.readInfo(info, control), f.listURLs())
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

func (f *fleet) readInfo(info, control string) error {
	text, err := os.ReadFile(info)
	_, pin, _ := strings.Cut(string(text), "ACFIX_PIN=")
	at, err2 := os.ReadFile(control)
	f.pin, f.control = strings.TrimSpace(pin), strings.TrimSpace(string(at))
	return errors.Join(err, err2)
}

// listURLs extracts the addresses from the inventory.
func (f *fleet) listURLs() error {
	in, err := os.Open(f.inventory)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(f.urls)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if url, found := strings.CutPrefix(lines.Text(), "    url: "); found {
			fmt.Fprintln(out, url)
		}
	}
	return errors.Join(lines.Err(), out.Close())
}

// total sums the requests to all devices.
type total struct {
	Requests   int `json:"requests"`
	Handshakes int `json:"tls_handshakes"`
	Writes     int `json:"writes"`
	Done       int `json:"writes_done"`
	Needless   int `json:"needless_writes"`
	Overlap    int `json:"overlapping_writers"`
	Rounds     int `json:"rounds"`
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
