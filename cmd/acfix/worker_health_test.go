package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAWorkerAnswersProbes in plain HTTP on any address, and nothing else; not ready without its store.
func TestAWorkerAnswersProbes(t *testing.T) {
	t.Parallel()
	d := newOperator(t, "")
	opened, err := store.Open(t.Context(), "sqlite:"+t.TempDir()+"/runs.db")
	require.NoError(t, err)
	for _, none := range []string{"", "none"} {
		ended, err := d.app.answerProbes(serveFlags{health: none}, opened)
		require.NoError(t, err)
		ended()
	}
	heard := &announced{Writer: io.Discard, address: make(chan string, 1)}
	d.app.stderr = heard
	ended, err := d.app.answerProbes(serveFlags{health: "0.0.0.0:0", workers: 4}, opened)
	require.NoError(t, err)
	t.Cleanup(ended)
	_, port, _ := strings.Cut(strings.TrimPrefix(<-heard.address, "[::]"), ":")
	caller := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(path string) int {
		answer, err := caller.Get("http://127.0.0.1:" + port + path)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	assert.Equal(t, http.StatusOK, ask("/healthz"))
	assert.Equal(t, http.StatusOK, ask("/readyz"))
	for _, path := range []string{"/", "/metrics", "/record", "/login"} {
		assert.Equal(t, http.StatusNotFound, ask(path), path)
	}
	_, err = d.app.answerProbes(serveFlags{health: "0.0.0.0:" + port}, opened)
	assert.ErrorContains(t, err, "can't listen there")
	require.NoError(t, opened.Close())
	assert.Equal(t, http.StatusOK, ask("/healthz"), "it runs")
}
