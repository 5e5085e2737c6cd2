package usage_test

import (
	"io/fs"
	"testing"

	"github.com/acfix/acfix/internal/usage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnErrorKeepsProblemHintAndCauseApart(t *testing.T) {
	t.Parallel()
	var wrong *usage.Error
	require.ErrorAs(t, usage.Errorf("%d files instead of one", 2).Hint("give one"), &wrong)
	assert.EqualError(t, wrong, "2 files instead of one")
	assert.Equal(t, "give one", wrong.Hint)
	assert.NotErrorIs(t, wrong, fs.ErrNotExist)

	caused := &usage.Error{Problem: "no such run", Hint: "see history", Cause: fs.ErrNotExist}
	assert.ErrorIs(t, caused, fs.ErrNotExist)
	assert.EqualError(t, caused, "no such run", "the cause is for programs, not in the line")
}
