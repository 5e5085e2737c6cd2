package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/acfix/acfix/internal/records/store"
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
		Now: s.app.now, Sleep: s.app.sleep, Until: ctx, Log: s.app.log(), Store: storeToShow(s.app.flags.store),
	})
	s.background.Go(func() { site.KeepRefusals(ctx) })
	return site
}

// storeToShow returns the value of --store for the commands on the pages; "" for none. The address of a database may
// hold a password.
func storeToShow(store string) string {
	path, isFile := strings.CutPrefix(store, "sqlite:")
	full, err := filepath.Abs(path)
	if !isFile || err != nil {
		return ""
	}
	return "sqlite:" + full
}

func (s *service) source() *webdata.Provider {
	return webdata.New(webdata.ProviderOptions{
		Ledger: s.app.ledger(s.store), JobsFile: s.jobs.JobsFile, Scheduler: s.scheduler,
		Listed: s.listed.now,
		EndPaused: func(run string, by store.Rejection) error {
			_, err := s.app.endPaused(s.store, run, by)
			return err
		},
		Journal: s.app.evidence(nil).Entries,
		Now:     s.app.now, Sleep: s.app.sleep, Log: s.app.log(),
	})
}
