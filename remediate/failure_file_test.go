package remediate_test

import (
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
)

// TestAFileOfThisMachineIsNoFaultOfTheDevice, unless the error is of a kind that says more.
func TestAFileOfThisMachineIsNoFaultOfTheDevice(t *testing.T) {
	t.Parallel()
	file := &fs.PathError{Op: "open", Path: "x.jsonl", Err: syscall.EACCES}
	failure := remediate.Fail(fmt.Errorf("read the journal: %w", file))
	assert.Equal(t, remediate.CodeBackupFailed, failure.Code)
	assert.Contains(t, failure.Hint, "XDG_STATE_HOME")
	assert.NotContains(t, failure.Hint, "report")
	assert.Equal(t, remediate.CodeUnreachable, remediate.Fail(fmt.Errorf("%w: %w", audiocodes.ErrUnreachable, file)).Code)
}
