package main

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/server/webdata"
)

// site are the web pages of serve. What they show is kept up to date until the context ends.
func (s *service) site(ctx context.Context, access *httpserver.Authenticator) *web.Site {
	source := s.source()
	s.runs.Go(func() { source.Keep(ctx) })
	return web.New(web.SiteOptions{
		Data: source, Actions: source, Access: access, Version: version,
		Now: s.app.now, Sleep: s.app.sleep, Until: ctx, Log: s.app.log(),
	})
}

func (s *service) source() *webdata.Provider {
	return webdata.New(webdata.ProviderOptions{
		Ledger: s.app.ledger(s.store), JobsFile: s.jobs.JobsFile, Inventory: s.jobs.inventory, Scheduler: s,
		Journal: s.app.evidence(nil).Entries,
		Now:     s.app.now, Sleep: s.app.sleep, Log: s.app.log(),
	})
}

// RunNow begins the run of a job that a person on the pages asks for.
func (s *service) RunNow(j jobs.Job) bool {
	return s.start(j.Name, func(runner *jobRunner) error { return runner.run(j, time.Time{}) })
}

// Standing is how a job stands with this process.
func (s *service) Standing(name string) webdata.JobStanding {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	failed := s.failed[name]
	return webdata.JobStanding{Busy: s.going[name], Failure: failed.why, FailedAt: failed.at}
}
