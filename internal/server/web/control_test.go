package web_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/web"
)

func (s *fakeData) Counts(_ context.Context, heads []report.RunHead) (map[string][]report.WordCount, error) {
	all := map[string][]report.WordCount{}
	for _, head := range heads {
		for _, row := range s.run.Devices {
			all[head.ID] = append(all[head.ID], report.WordCount{Word: row.Word, Tone: row.Tone, Count: 1})
		}
	}
	return all, nil
}

func (s *fakeData) Stop(_ context.Context, run, person string) error {
	s.done = append(s.done, "stop "+run+" for "+person)
	return s.failure
}

func (s *fakeData) Resume(_ context.Context, run string) error {
	s.done = append(s.done, "resume "+run)
	return s.failure
}

// TestARunIsStoppedAndResumedByApprovers: on record first, and only where the run can be.
func TestARunIsStoppedAndResumedByApprovers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		control web.RunControl
		kind    string
	}{
		"stop":   {web.RunControl{Stop: true}, "stop"},
		"resume": {web.RunControl{Resume: true}, "resume"},
	} {
		fakeData := fleetShelf()
		fakeData.run.Control = test.control
		s := newSite(t, fakeData, true)
		s.login(s.viewer)
		assert.Contains(t, s.page(planRun), "needs the role approver", name)
		assert.NotContains(t, s.get(planRun).Body.String(), planRun+"/"+test.kind, name)
		s.login(s.approver)
		s.fakeData.done = nil
		assert.Contains(t, s.get(planRun).Body.String(), `action="`+planRun+"/"+test.kind, name)
		assert.Equal(t, http.StatusNotFound, s.get(planRun+"/"+test.kind).Code, "%s by a link", name)
		answer := s.send(planRun, planRun+"/"+test.kind, nil)
		require.Equal(t, http.StatusSeeOther, answer.Code, name)
		assert.Equal(t, planRun, answer.Header().Get("Location"), name)
		require.Len(t, fakeData.done, 2, name)
		assert.Equal(t, "note "+test.kind+" aa00bb11cc22dd33", fakeData.done[0], name)
		assert.Contains(t, s.page("/record"), test.kind+" run aa00bb11cc22dd33", name)

		fakeData.run.Control, fakeData.done = web.RunControl{Else: "Another process leads this run."}, nil
		answer = s.send(planRun, planRun+"/"+test.kind, nil)
		assert.Equal(t, http.StatusConflict, answer.Code, name)
		assert.Contains(t, answer.Body.String(), "Nothing was done.", name)
		assert.Empty(t, fakeData.done, name)
		assert.Contains(t, s.page(planRun), "Another process leads this run.", name)
	}
}

func TestWhyARunIsNotResumedIsSaid(t *testing.T) {
	t.Parallel()
	fakeData := fleetShelf()
	fakeData.run.Control = web.RunControl{Resume: true}
	fakeData.failure = fmt.Errorf("%w: its plan is too old", web.ErrNotResumable)
	s := newSite(t, fakeData, false)
	answer := s.send(planRun, planRun+"/resume", nil)
	assert.Equal(t, http.StatusConflict, answer.Code)
	assert.Contains(t, answer.Body.String(), "The run can&#39;t be resumed: its plan is too old. Nothing was done.")
}
