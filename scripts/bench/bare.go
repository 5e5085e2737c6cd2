package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

// loop is the yardstick: the least requests from Go's own client, one connection per device, answers discarded.
type loop struct {
	requests []request
	username string
	password string
	backups  string // folder for synced copies of what was read before the first write, or ""
}

func bareMain(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench bare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	l := loop{username: username, password: password}
	file := flags.String("requests", "", "`file` of the requests")
	list := flags.String("devices", "", "`file` of devices, an address and the SHA-256 of its certificate in a line")
	parallel := flags.Int("parallel", 1, "`number` of devices at a time")
	flags.StringVar(&l.backups, "backups", "", "`folder` for backups")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if l.requests, err = readRequests(*file); err != nil {
		return err
	}
	devices, err := readTargets(*list)
	if err != nil {
		return err
	}
	return l.all(ctx, devices, *parallel)
}

// target is a device by its address, and the SHA-256 of its certificate.
type target struct{ url, pin string }

func readTargets(file string) ([]target, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var targets []target
	for line := range strings.Lines(string(text)) {
		url, pin, _ := strings.Cut(strings.TrimSpace(line), " ")
		targets = append(targets, target{url, pin})
	}
	return targets, nil
}

func (l loop) all(ctx context.Context, devices []target, parallel int) error {
	queue := make(chan target)
	failed := make([]error, parallel)
	var workers sync.WaitGroup
	for i := range parallel {
		workers.Go(func() {
			for device := range queue {
				transport := device.transport()
				failed[i] = errors.Join(failed[i], l.device(ctx, transport, device.url))
				transport.CloseIdleConnections()
			}
		})
	}
	for _, device := range devices {
		queue <- device
	}
	close(queue)
	workers.Wait()
	return errors.Join(failed...)
}

// transport trusts the pinned certificate alone, and offers only key shares that devices know.
func (t target) transport() *http.Transport {
	return &http.Transport{
		MaxConnsPerHost: 1,
		TLSClientConfig: &tls.Config{
			CurvePreferences:   []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
			InsecureSkipVerify: true,
			VerifyConnection: func(state tls.ConnectionState) error {
				if sum := sha256.Sum256(state.PeerCertificates[0].Raw); hex.EncodeToString(sum[:]) != t.pin {
					return errors.New("another certificate than the pinned one")
				}
				return nil
			},
		},
	}
}

func (l loop) device(ctx context.Context, transport *http.Transport, url string) error {
	backup := backup{}
	for _, q := range l.requests {
		if l.backups != "" && q.Method != http.MethodGet {
			if err := backup.write(l.backups, url); err != nil {
				return err
			}
		}
		var keep io.Writer = io.Discard
		if l.backups != "" && q.Method == http.MethodGet {
			keep = backup.file(q.Path)
		}
		if err := l.send(ctx, transport, url, q, keep); err != nil {
			return err
		}
	}
	return nil
}

func (l loop) send(ctx context.Context, transport *http.Transport, url string, q request, keep io.Writer) error {
	r, err := http.NewRequestWithContext(ctx, q.Method, url+q.Path, bytes.NewReader(q.Body))
	if err != nil {
		return err
	}
	r.SetBasicAuth(l.username, l.password)
	if q.ContentType != "" {
		r.Header.Set("Content-Type", q.ContentType)
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(keep, response.Body); err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s%s: %s", q.Method, url, q.Path, response.Status)
	}
	return nil
}
