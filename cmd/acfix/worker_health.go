package main

import (
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/httpserver"
)

// answerProbes serves a worker's /healthz and /readyz; ended stops that.
func (a *app) answerProbes(flags serveFlags, opened *store.Store) (ended func(), err error) {
	if flags.health == "" || flags.health == listenNowhere {
		return func() {}, nil
	}
	ctx, cancel := a.reading()
	server, err := httpserver.Listen(ctx, httpserver.Config{
		Address: flags.health, ProbesAlone: true, Bounds: a.boundsBeside(descriptorsOfRuns(nil, flags.workers, true)),
		Now: a.now, Log: a.log(),
	})
	if err != nil {
		cancel()
		return nil, notListeningFor("--health-listen", err)
	}
	server.Probes(httpserver.Anyone, httpserver.ReadyCheck{Name: "store", Ready: opened.Ping})
	a.say("listening on %s", server.Addr())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(ctx, grace); err != nil {
			a.warn("serve HTTP: " + err.Error())
		}
	}()
	return func() { cancel(); <-done }, nil
}
