package ini_test

import (
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChangedParameters(t *testing.T) {
	t.Parallel()
	const table = "\n[ A ]\nFORMAT Index = B;\n[ \\A ]\n"
	for name, row := range map[string]struct {
		before, after string
		changed       []string
	}{
		"the same":               {"A = 1\nB = 'x'", "A = 1\nB = 'x'", nil},
		"another order and case": {"A = 1\nb = 2", "B = 2\na = 1", nil},
		"another value":          {"A = 1\nB = 2", "A = 2\nB = 2", []string{"a"}},
		"one that went":          {"A = 1\nB = 2", "B = 2", []string{"a"}},
		"one that came":          {"B = 2", "A = ''\nB = 2", []string{"a"}},
		"several":                {"C = 1\nB = 2", "A = 1\nB = 3\nC = 1", []string{"a", "b"}},
		"a secret that rotates":  {"A = '$1$Zm9v'", "A = '$1$YmFy'", nil},
		"a secret that is gone":  {"A = '$1$Zm9v'", "A = ''", []string{"a"}},
	} {
		before, err := ini.Parse([]byte("[P Params]\n" + row.before + table))
		require.NoError(t, err)
		after, err := ini.Parse([]byte("[P Params]\r\n" + row.after + table))
		require.NoError(t, err)
		assert.Equal(t, row.changed, ini.ChangedParameters(before, after), name)
	}
}

func TestTheHeaderIsReadByName(t *testing.T) {
	t.Parallel()
	file, err := ini.Parse(";**************\n;Board: Mediant 800B\n;Serial Number:  8412345\n\n[SYSTEM Params]\n;Serial Number: 1\n[ T ]\nFORMAT Index = A;\n[ \\T ]\n")
	require.NoError(t, err)
	assert.Equal(t, "8412345", file.Header("serial number"))
	assert.Empty(t, file.Header("Software Version"))
}
