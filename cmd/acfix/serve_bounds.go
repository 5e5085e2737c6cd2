package main

import (
	"fmt"
	"os/user"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/server/jobs"
)

const (
	// descriptorsPerDevice is what work on a device opens: two connections, and its journal, locks and backup.
	descriptorsPerDevice = 10
	// descriptorsAlways is what the process itself opens: store, listener, standard streams, messages, name service.
	descriptorsAlways = 64
)

// descriptorsOfRuns returns how many file descriptors the runs of a process need at most. Every job may have a run at
// the same time; with a shared store the workers do the work.
func descriptorsOfRuns(listed []jobs.Job, workers int, shared bool) int {
	devices := 0
	for _, j := range listed {
		devices += max(j.Settings.Parallel.Value, 1)
	}
	if shared {
		devices = workers
	}
	return descriptorsAlways + descriptorsPerDevice*devices
}

// bounds returns how many connections serve may have beside its runs.
func (s *service) bounds() httpserver.Bounds {
	return s.app.boundsBeside(descriptorsOfRuns(s.jobs.Jobs, s.workers, s.store.Shared()))
}

func (a *app) boundsBeside(runs int) httpserver.Bounds {
	most, limited := openFiles()
	if !limited {
		most = unlimitedFiles
	}
	bounds, enough := httpserver.BoundsFor(most, runs)
	if !enough {
		a.warn(fmt.Sprintf("this process may open %d files, and its runs may need %d: a device may fail for want of one; "+
			"raise the limit (ulimit -n, LimitNOFILE=) to %d or more", most, runs, runs+descriptorsAlways))
	}
	return bounds
}

// unlimitedFiles stands for a system without a limit.
const unlimitedFiles = 1 << 16

// accountName names a user of this machine; "" for an unknown one.
func accountName(number int) string {
	found, err := user.LookupId(strconv.Itoa(number))
	if err != nil {
		return ""
	}
	return found.Username
}

// warnOfLogin says what callers can't do at an address without a login.
func (s *service) warnOfLogin(flags httpFlags) {
	if flags.tokenFile != "" || strings.HasPrefix(flags.listen, "unix:") {
		return
	}
	left := "the web pages and /metrics need"
	if flags.viewOpen {
		left = "approvals, starting jobs and downloads of backups on the web pages need"
	}
	s.app.warn(left + " a login; give --token-file FILE, or --listen unix:PATH for a group of users of this machine" +
		map[bool]string{false: ", or --view-without-login to let every user look"}[flags.viewOpen])
}
