package main

import (
	"errors"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
)

// service is "acfix serve": a scheduler, its web server, and, with a shared store, a worker.
type service struct {
	app       *app
	store     *store.Store
	jobs      jobFile
	queue     *worker.Queue // nil on one machine
	workers   int           // devices that this process works on at a time, with a shared store
	scheduler *scheduler.Scheduler
	listed    *inventories
	hands     func(*fleetRun) run.Hands

	background sync.WaitGroup // goroutines that end with the context
}

func newService(a *app, opened *store.Store, listed jobFile) *service {
	s := &service{app: a, store: opened, jobs: listed, listed: &inventories{app: a, file: listed}}
	s.hands = s.handsOf
	a.lost = newLostMessages(listed)
	s.scheduler = scheduler.New(a.process(), opened, listed.JobsFile, s)
	return s
}

// runner returns what carries out one run, which a person can stop. The caller ends its stop.
func (s *service) runner() *jobRunner {
	quiet := s.app.unattended()
	stop := s.scheduler.Stops.Begin(quiet.process())
	quiet.stop = stop.C
	return &jobRunner{app: quiet, file: s.jobs, hands: s.hands, stop: stop, unattended: true}
}

// handsOf returns the hands of a run where the store has a queue.
func (s *service) handsOf(begun *fleetRun) run.Hands {
	if s.queue == nil {
		return nil
	}
	return worker.Controller{Run: begun.Run, Record: begun.Record, Add: s.queue.Add, News: s.queue.News()}.Hands
}

// Run runs a job once.
func (s *service) Run(j jobs.Job, due time.Time) error {
	r := s.runner()
	defer r.stop.End()
	return notOnRecord(r.run(j, due))
}

// Resume continues a run that another process left behind.
func (s *service) Resume(left store.Run, j jobs.Job) error {
	r := s.runner()
	defer r.stop.End()
	return notOnRecord(r.resume(left, j))
}

// GiveUp ends a run that was left behind too long ago.
func (s *service) GiveUp(left store.Run, j jobs.Job, at time.Time) error {
	r := s.runner()
	defer r.stop.End()
	return notOnRecord(r.giveUp(left, j, at))
}

// notOnRecord drops the errors of runs whose end is on record.
func notOnRecord(err error) error {
	if isShown(err) || errors.Is(err, errFired) || errors.Is(err, errElsewhere) {
		return nil
	}
	return err
}
