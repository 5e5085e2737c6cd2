package planfile_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/acfix/acfix/planfile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type document struct {
	Schema  string   `json:"schema"`
	Devices []string `json:"devices"`
}

var (
	key  = []byte("0123456789abcdef0123456789abcdef")
	plan = document{Schema: "acfix.plan/v1", Devices: []string{"<sbc> & \u2028", "ams-1"}}
)

func sealed(t *testing.T) []byte {
	t.Helper()
	data, err := planfile.Seal(plan, key)
	require.NoError(t, err)
	return data
}

func TestASealedPlanOpens(t *testing.T) {
	t.Parallel()
	data := sealed(t)
	assert.True(t, json.Valid(data), "it is the plan's own JSON")
	var opened document
	require.NoError(t, planfile.Open(data, key, &opened))
	assert.Equal(t, plan, opened)
}

func TestEveryChangedByteBreaksTheSeal(t *testing.T) {
	t.Parallel()
	data := sealed(t)
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= 1
		var opened document
		require.ErrorIs(t, planfile.Open(changed, key, &opened), planfile.ErrNotSealed, "byte %d", i)
		require.Empty(t, opened.Schema, "nothing is looked at before the seal")
	}
}

func TestEveryCutBreaksTheSeal(t *testing.T) {
	t.Parallel()
	data := sealed(t)
	for i := range data {
		require.ErrorIs(t, planfile.Open(data[:i], key, &document{}), planfile.ErrNotSealed)
		require.ErrorIs(t, planfile.Open(data[i+1:], key, &document{}), planfile.ErrNotSealed)
	}
	require.ErrorIs(t, planfile.Open(append(bytes.Clone(data), '\n'), key, &document{}), planfile.ErrNotSealed)
}

func TestAnotherKeyDoesNotOpenIt(t *testing.T) {
	t.Parallel()
	err := planfile.Open(sealed(t), []byte("another key, and just as long..."), &document{})
	require.ErrorIs(t, err, planfile.ErrNotSealed)
	assert.NotContains(t, err.Error(), string(key))
}

func TestWhatCannotBeWrittenIsNotSealed(t *testing.T) {
	t.Parallel()
	_, err := planfile.Seal(func() {}, key)
	assert.Error(t, err)
}

func FuzzOpen(f *testing.F) {
	data, err := planfile.Seal(plan, key)
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte("{}"))
	f.Add([]byte(`{"mac": "` + "\n"))
	f.Fuzz(func(t *testing.T, foreign []byte) {
		var opened document
		if planfile.Open(foreign, key, &opened) == nil && !bytes.Equal(foreign, data) {
			t.Fatalf("opened %q", foreign)
		}
	})
}
