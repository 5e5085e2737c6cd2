package access

import (
	"context"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPasswordCommandsHaveBounds(t *testing.T) {
	t.Parallel()
	s := &Secrets{Say: func(string) {}}
	run := func(ctx context.Context, patience time.Duration, command ...string) (string, error) {
		return s.runCommand(ctx, ListedLogin{Password: inventory.Password{Command: command}, Folder: t.TempDir()}, patience)
	}
	password, err := run(t.Context(), time.Minute, "sh", "-c", `printf ' pass word \r\n'`)
	require.NoError(t, err)
	assert.Equal(t, " pass word ", password)
	for script, want := range map[string]string{
		"true": "printed nothing", "echo": "printed nothing", "exit 3": "exit status 3", "printf %05000d 7": "more than 4096 bytes", "printf %070000d 7": "more than 65536 bytes",
		"for i in $(seq 900); do echo lines of notes; done": "has 900 lines",
	} {
		password, err = run(t.Context(), time.Minute, "sh", "-c", script)
		assert.ErrorContains(t, err, want)
		assert.Empty(t, password)
	}
	_, err = run(t.Context(), 20*time.Millisecond, "tail", "-f", "/dev/null")
	assert.ErrorContains(t, err, "did not end within")
	_, err = run(t.Context(), time.Minute, "./nowhere")
	assert.Error(t, err)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err = run(stopped, time.Minute, "tail", "-f", "/dev/null")
	assert.ErrorContains(t, err, "stopped on request")
}
