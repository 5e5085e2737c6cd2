package main

import (
	"context"

	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/server/webdata"
)

// site returns the web pages of serve. Their data is kept up to date until the context ends.
func (s *service) site(ctx context.Context, access *httpserver.Authenticator) *web.Site {
	source := s.source()
	s.background.Go(func() { source.Keep(ctx) })
	site := web.New(web.SiteOptions{
		Data: source, Actions: source, Access: access, Version: version,
		Now: s.app.now, Sleep: s.app.sleep, Until: ctx, Log: s.app.log(),
	})
	s.background.Go(func() { site.KeepRefusals(ctx) })
	return site
}

func (s *service) source() *webdata.Provider {
	return webdata.New(webdata.ProviderOptions{
		Ledger: s.app.ledger(s.store), JobsFile: s.jobs.JobsFile, Scheduler: s.scheduler,
		Listed:  s.listed.now,
		Journal: s.app.evidence(nil).Entries,
		Now:     s.app.now, Sleep: s.app.sleep, Log: s.app.log(),
	})
}
