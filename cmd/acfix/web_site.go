package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/acfix/acfix/endpoint"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/web"
)

// site are the web pages of serve. What they show is kept up to date until the context ends.
func (s *service) site(ctx context.Context, access *endpoint.Access) *web.Site {
	source := &webSource{service: s, app: s.app, store: s.store, fleet: newFleetIndex(s.app, s.store), outlines: newRunIndex(s.app, s.store)}
	s.runs.Go(func() { source.fleet.keep(ctx) })
	return web.New(web.Options{
		Source: source, Actions: source, Access: access, Version: version,
		Now: s.app.now, Sleep: s.app.sleep, Until: ctx, Log: s.app.log(),
	})
}

// webSource is what the web pages show and do, by a store and the scheduler.
type webSource struct {
	service  *service
	app      *app
	store    *store.Store
	fleet    *fleetIndex
	outlines *runIndex
}

// webError gives errors of the store the kinds that pages know.
func webError(err error) error {
	switch {
	case err == nil, errors.Is(err, web.ErrUnknown):
		return err
	case errors.Is(err, store.ErrUnknownRun), errors.Is(err, store.ErrAmbiguous), errors.Is(err, store.ErrUnknownDevice), errors.Is(err, store.ErrNoArtifact):
		return fmt.Errorf("%w: %w", web.ErrUnknown, err)
	case errors.Is(err, store.ErrNotWaiting):
		return fmt.Errorf("%w: %w", web.ErrNotWaiting, err)
	default:
		return fmt.Errorf("%w: %w", web.ErrTrouble, err)
	}
}
