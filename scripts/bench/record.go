package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"

	"github.com/acfix/acfix/mockdevice"
)

// request is one request of acfix to a device, which the other tools repeat.
type request struct {
	Method      string `json:"method"`
	Path        string `json:"path"` // with query
	ContentType string `json:"content_type,omitempty"`
	Body        []byte `json:"body,omitempty"`
}

// recordMain runs a command against one device, for its words URL and PIN, and writes the requests it made.
func recordMain(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench record", flag.ContinueOnError)
	flags.SetOutput(stderr)
	preset := flags.String("preset", "", "`name` of the simulated device")
	out := flags.String("out", "", "`file` for the requests")
	if err := flags.Parse(args); err != nil {
		return err
	}
	model, err := mockdevice.Preset(*preset)
	if err != nil {
		return err
	}
	device := mockdevice.New(model)
	var tape tape
	device.OnRequest(tape.record)
	server, err := mockdevice.Start(device)
	if err != nil {
		return err
	}
	defer server.Close()
	command := flags.Args()
	for i, word := range command {
		switch word {
		case "URL":
			command[i] = server.URL()
		case "PIN":
			command[i] = server.Fingerprint()
		}
	}
	if output, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command[0], err, output)
	}
	return writeRequests(*out, tape.requests)
}

func writeRequests(file string, requests []request) error {
	text, err := json.Marshal(requests)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// tape records the requests to a device in order.
type tape struct {
	mu       sync.Mutex
	requests []request
}

func (t *tape) record(_ int, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away and will fail on its own
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = append(t.requests, request{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), body})
}

func readRequests(file string) ([]request, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var requests []request
	err = json.Unmarshal(text, &requests)
	return requests, err
}
