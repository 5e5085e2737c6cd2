package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/server/metrics"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"
)

// httpFlags say where serve listens, and whom it answers.
type httpFlags struct {
	listen, certFile, keyFile, tokenFile, textfile string
	viewOpen                                       bool
}

func (f *httpFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080",
		"address for the web pages, /healthz, /readyz and /metrics: host and port, unix:PATH for a socket that its "+
			"owner and group can use, or \"none\"; any address but loopback requires TLS and tokens")
	flags.BoolVar(&f.viewOpen, "view-without-login", false,
		"let every user of this machine see the web pages and /metrics without a token, at a loopback address; "+
			"what changes something or downloads a backup still needs one, or the socket")
	flags.StringVar(&f.certFile, "tls-cert", "", "PEM file with the certificate to serve TLS with")
	flags.StringVar(&f.keyFile, "tls-key", "", "PEM file with its key")
	flags.StringVar(&f.tokenFile, "token-file", "", "file of the tokens that give access, made by \"acfix token add\"")
	flags.StringVar(&f.textfile, "textfile", "",
		"write the metrics to this file too, every minute, for the node exporter")
}

// listenNowhere turns the web server off; an empty --listen is most likely a variable that is not set.
const listenNowhere = "none"

// grace is how long open requests may still take when serve ends.
const grace = 10 * time.Second

// answer listens and serves until ctx ends; wait returns once it has stopped.
func (s *service) answer(ctx context.Context, flags httpFlags) (wait func(), err error) {
	gathered := s.metrics()
	if s.queue != nil {
		s.background.Go(func() { s.watchQueue(ctx) })
	}
	if flags.textfile != "" {
		s.background.Go(func() { s.writeMetrics(ctx, flags.textfile, gathered) })
	}
	if flags.listen == "" || flags.listen == listenNowhere {
		return s.background.Wait, nil
	}
	server, err := httpserver.Listen(ctx, httpserver.Config{
		Address: flags.listen, CertFile: flags.certFile, KeyFile: flags.keyFile, TokenFile: flags.tokenFile,
		ViewWithoutLogin: flags.viewOpen, Bounds: s.bounds(),
		Open: s.app.guard.Open, UserName: accountName,
		Now: s.app.now, Log: s.app.log(),
	})
	if err != nil {
		return nil, notListening(err)
	}
	s.warnOfLogin(flags)
	s.background.Go(func() { s.keepUses(ctx, server.Authenticator()) })
	server.Probes(httpserver.Anyone,
		httpserver.ReadyCheck{Name: "store", Ready: s.store.Ping},
		httpserver.ReadyCheck{Name: "scheduler", Ready: s.scheduler.Ready})
	server.Handle("GET /metrics", httpserver.Viewer, metrics.Handler(gathered))
	server.Handle("/", httpserver.Anyone, s.site(ctx, server.Authenticator()))
	s.app.say("listening on %s", server.Addr())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(ctx, grace); err != nil {
			s.app.warn("serve HTTP: " + err.Error())
		}
	}()
	return func() {
		<-done
		s.background.Wait()
	}, nil
}

func (s *service) metrics() *prometheus.Registry {
	build := metrics.Build{Version: version, Commit: commit, Go: runtime.Version()}
	options := metrics.CollectorOptions{
		Store: s.store, Build: build, Now: s.app.now, Listed: s.listed.now, Lost: s.app.lost.counts,
	}
	for _, j := range s.jobs.Jobs {
		options.Jobs = append(options.Jobs, metrics.JobSeries{Name: j.Name, Action: string(j.Action)})
	}
	if s.queue != nil {
		options.Queue = s.store.OpenTasks
	}
	return metrics.Registry(options)
}

// textfileBeat is the interval at which --textfile is written.
const textfileBeat = time.Minute

func (s *service) writeMetrics(ctx context.Context, path string, gathered *prometheus.Registry) {
	failed := false
	for {
		err := metrics.WriteTextfile(path, gathered)
		if err != nil && !failed {
			s.app.warn(fmt.Sprintf("write %s: %s", path, err))
		}
		failed = err != nil
		if errors.Is(s.app.sleep(ctx, textfileBeat), context.Canceled) {
			return
		}
	}
}
