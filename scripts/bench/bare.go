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

// loop is the lower bound: acfix's requests from Go's own client, one connection per device, answers discarded.
type loop struct {
	requests []request
	username string
	password string
	pin      string
	backups  string // folder for synced copies of what was read before the first write, or ""
}

func bareMain(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench bare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	l := loop{username: username, password: password}
	file := flags.String("requests", "", "`file` of the requests")
	urls := flags.String("urls", "", "`file` of addresses, one in a line")
	parallel := flags.Int("parallel", 1, "`number` of devices at a time")
	flags.StringVar(&l.pin, "pin", "", "`SHA-256` of the devices' certificate")
	flags.StringVar(&l.backups, "backups", "", "`folder` for backups")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if l.requests, err = readRequests(*file); err != nil {
		return err
	}
	list, err := os.ReadFile(*urls)
	if err != nil {
		return err
	}
	return l.all(ctx, strings.Fields(string(list)), *parallel)
}

func (l loop) all(ctx context.Context, urls []string, parallel int) error {
	queue := make(chan string)
	failed := make([]error, parallel)
	var workers sync.WaitGroup
	for i := range parallel {
		workers.Go(func() {
			transport := l.transport()
			for url := range queue {
				failed[i] = errors.Join(failed[i], l.device(ctx, transport, url))
				transport.CloseIdleConnections()
			}
		})
	}
	for _, url := range urls {
		queue <- url
	}
	close(queue)
	workers.Wait()
	return errors.Join(failed...)
}

func (l loop) transport() *http.Transport {
	return &http.Transport{
		MaxConnsPerHost: 1,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(state tls.ConnectionState) error {
			if sum := sha256.Sum256(state.PeerCertificates[0].Raw); hex.EncodeToString(sum[:]) != l.pin {
				return errors.New("another certificate than the pinned one")
			}
			return nil
		}},
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
	if response.StatusCode >= 300 && response.StatusCode != http.StatusNotFound &&
		response.StatusCode != http.StatusBadRequest {
		return fmt.Errorf("%s %s%s: %s", q.Method, url, q.Path, response.Status)
	}
	return nil
}
