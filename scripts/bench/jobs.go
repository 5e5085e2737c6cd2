package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pollBeat is how often the database is asked whether a run has ended. Its record of the moment is what counts.
const pollBeat = 250 * time.Millisecond

// ended waits for the end of a job's run, and returns when that was and how often it asked.
func (d *database) ended(ctx context.Context, name, job string) (at time.Time, asked int, err error) {
	for {
		text, err := d.query(ctx, name, "SELECT state, ended FROM runs WHERE job = '"+job+"'")
		asked++
		if err != nil {
			return at, asked, err
		}
		if at, over, err := endOf(text); over || err != nil {
			return at, asked, err
		}
		select {
		case <-ctx.Done():
			return at, asked, ctx.Err()
		case <-time.After(pollBeat):
		}
	}
}

// endOf reads state and end of a run as psql prints them; "" while there is no run.
func endOf(row string) (at time.Time, over bool, err error) {
	state, moment, _ := strings.Cut(row, "|")
	switch state {
	case "", "running":
		return at, false, nil
	case "done", "waiting":
		micros, err := strconv.ParseInt(moment, 10, 64)
		return time.UnixMicro(micros), true, err
	}
	return at, false, fmt.Errorf("the run is %s", state)
}

// formToken is what the pages want back with a form.
var formToken = regexp.MustCompile(`name="form" value="([^"]+)"`)

// startJob presses the button of a job's page, over the socket of the pages: whoever may use that needs no token.
func startJob(ctx context.Context, socket, job string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	var dialer net.Dialer
	over := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", socket)
	}}
	defer over.CloseIdleConnections()
	const pages = "http://localhost"
	visitor := &http.Client{Jar: jar, Transport: over}
	page, err := visit(ctx, visitor, http.MethodGet, pages+"/jobs/run?job="+job, nil)
	if err != nil {
		return err
	}
	token := formToken.FindStringSubmatch(page)
	if token == nil {
		return fmt.Errorf("no form on the page of job %s", job)
	}
	_, err = visit(ctx, visitor, http.MethodPost, pages+"/jobs/run", url.Values{"job": {job}, "form": {token[1]}})
	return err
}

func visit(ctx context.Context, visitor *http.Client, method, address string, form url.Values) (string, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := visitor.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s", method, address, response.Status)
	}
	return string(page), err
}
