package main

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

// What operators do now and then.

// approve approves the newest plan that waits.
func (s *soak) approve() {
	waiting, err := s.store.Runs(s.t.Context(), store.Filter{State: string(store.RunWaiting), Limit: 1})
	require.NoError(s.t, err)
	if len(waiting) > 0 {
		s.acfix("job", "approve", waiting[0].ID, "--name", "Kim", "--change", "CHG1")
	}
}

func (s *soak) prune() {
	days := fmt.Sprint(s.size.retention)
	s.acfix("history", "prune", "--older-than-days", days, "--yes")
	s.acfix("backup", "prune", "--keep-last", "2", "--older-than-days", days, "--yes")
}
