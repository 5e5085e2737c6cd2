package audiocodes_test

import (
	"errors"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func readOnly(o *audiocodes.Options) { o.ReadOnly = true }

func TestAReadOnlyClientCanNotWrite(t *testing.T) {
	t.Parallel()
	device := newFixture(t, documented())
	client := connect(t, device.URL, readOnly)
	for _, operation := range writeOperations {
		requireKind(t, operation.run(t.Context(), client), audiocodes.ErrReadOnly)
	}
	assert.Empty(t, device.requests())
	assert.Zero(t, device.connections(), "not even a connection is made")
}

func TestAReadOnlyClientReads(t *testing.T) {
	t.Parallel()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	model.Dialect.Auth = mockdevice.AuthDigest
	device, client := simulated(t, model, readOnly)
	for _, operation := range readOperations {
		require.NoError(t, operation.run(t.Context(), client), operation.name)
	}
	assert.Zero(t, device.Writes())
}

func TestTheGateIsAskedBeforeEveryWriteAndNoRead(t *testing.T) {
	t.Parallel()
	device := newFixture(t, documented())
	asked := 0
	errTaken := errors.New("somebody else has it")
	client := connect(t, device.URL, func(o *audiocodes.Options) {
		o.Gate = func() error { asked++; return errTaken }
	})
	for i, operation := range writeOperations {
		err := operation.run(t.Context(), client)
		requireKind(t, err, audiocodes.ErrHeldBack)
		require.ErrorIs(t, err, errTaken)
		assert.Equal(t, i+1, asked, operation.name)
	}
	assert.Empty(t, device.requests())
	for _, operation := range readOperations {
		require.NoError(t, operation.run(t.Context(), client), operation.name)
	}
	assert.Len(t, writeOperations, asked)
}

// TestTheGateShutsWhileARequestIsSent: nothing of it reaches the device, with a body or without.
func TestTheGateShutsWhileARequestIsSent(t *testing.T) {
	t.Parallel()
	for _, operation := range writeOperations {
		model, err := mockdevice.Preset("7.4.500")
		require.NoError(t, err)
		asked := 0
		errTaken := errors.New("somebody else has it")
		device, client := simulated(t, model, func(o *audiocodes.Options) {
			o.Gate = func() error {
				if asked++; asked > 1 {
					return errTaken
				}
				return nil
			}
		})
		before := device.Running()
		err = operation.run(t.Context(), client)
		requireKind(t, err, audiocodes.ErrHeldBack)
		require.ErrorIs(t, err, errTaken)
		assert.Equal(t, before, device.Running(), operation.name)
		assert.Equal(t, 2, asked, operation.name)
		assert.Empty(t, device.Requests(), operation.name)
		_, err = client.Status(t.Context())
		require.NoError(t, err, "reads pass")
	}
}
