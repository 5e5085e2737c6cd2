package ini_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// walked are the rows of a walk, in words, for a row ends with its visit.
func walked(table *ini.Table) (rows []string, err error) {
	err = table.Walk(func(row ini.Row) { rows = append(rows, inWords(row)) })
	return rows, err
}

func inWords(row ini.Row) string {
	words := fmt.Sprint(row.Index)
	for column, cell := range row.Cells {
		words += fmt.Sprintf(" %s=%s", column, cell)
	}
	return words
}

func TestAWalkSeesTheRowsThatRowsReturns(t *testing.T) {
	eachSample(t, func(t *testing.T, _ []byte, file *ini.File) {
		for _, table := range file.Tables() {
			before, walkErr := walked(table)
			rows, err := table.Rows()
			require.Equal(t, err, walkErr)
			if err != nil {
				continue
			}
			var want []string
			for _, row := range rows {
				want = append(want, inWords(row))
			}
			assert.Equal(t, want, before, table.Name)
			after, err := walked(table)
			require.NoError(t, err)
			assert.Equal(t, want, after, table.Name)
		}
	})
}

func table(t *testing.T, body string) *ini.Table {
	t.Helper()
	file, err := ini.Parse("[ T ]\n" + body + "[ \\T ]\n")
	require.NoError(t, err)
	return file.Table("T")
}

func TestAnIndexThatStandsThereTwiceIsFoundInAnyOrder(t *testing.T) {
	t.Parallel()
	for indexes, wrong := range map[string]string{
		"0 1 2": "", "2 1 0": "", "5 1 7 2 6": "", "1 1": "1", "1 2 1": "1", "3 1 2 1": "1", "3 1 4 1": "1", "3 1 4 4": "4", "2 0 1 2": "2", "0 2 1 3 1": "1",
	} {
		body := "FORMAT Index = A;\n"
		for index := range strings.FieldsSeq(indexes) {
			body += "T " + index + " = x;\n"
		}
		_, err := table(t, body).Rows()
		if wrong == "" {
			require.NoError(t, err, indexes)
			continue
		}
		require.ErrorIs(t, err, ini.ErrBadTable, indexes)
		require.ErrorContains(t, err, "index "+wrong+" stands there twice", indexes)
	}
}

func TestTablesAreTheSameByteForByte(t *testing.T) {
	t.Parallel()
	const body = "FORMAT Index = A, B;\nT 0 = 1, \"x\";\nT 1 = 2, \"y\";\n"
	assert.True(t, table(t, body).Same(table(t, body)))
	for name, other := range map[string]string{
		"a cell":         "FORMAT Index = A, B;\nT 0 = 1, \"x\";\nT 1 = 2, \"z\";\n",
		"the quotes":     "FORMAT Index = A, B;\nT 0 = 1, x;\nT 1 = 2, \"y\";\n",
		"the FORMAT":     "FORMAT Index = A, C;\nT 0 = 1, \"x\";\nT 1 = 2, \"y\";\n",
		"a row less":     "FORMAT Index = A, B;\nT 0 = 1, \"x\";\n",
		"another order":  "FORMAT Index = A, B;\nT 1 = 2, \"y\";\nT 0 = 1, \"x\";\n",
		"hidden content": "FORMAT Index = A, B;\nT 0 = 1, \"x\";\nT 1 = 2, \"y\";\n; ** NOTE: T contains hidden elements **\n",
		"a comment row":  "FORMAT Index = A, B;\nT 0 = 1, \"x\";\nT 1 = 2, \"y\";\n;T 2 = 3, \"z\";\n",
		"none":           "FORMAT Index = A, B;\n",
	} {
		assert.False(t, table(t, body).Same(table(t, other)), name)
		assert.False(t, table(t, other).Same(table(t, body)), name)
	}
	assert.False(t, table(t, body).Same(&ini.Table{Name: "T"}), "no such table")
}

func TestRowsInCommentFormAreNoRows(t *testing.T) {
	t.Parallel()
	const wanted = "3 A=1 B=\"x\""
	for name, test := range map[string]struct {
		lines  string
		rows   []string
		unread int
	}{
		"none":                  {lines: "; A comment, T = 3\n;T is hidden but has non-default value\n;Tx 3 = 1, 2;\n"},
		"one":                   {lines: ";T 3 = 1, \"x\";\n", rows: []string{wanted}},
		"blanks and case":       {lines: "  ;;  t   3=  1 ,\"x\" ; \r\n", rows: []string{wanted}},
		"two of the same index": {lines: ";T 3 = 1, \"x\";\n;T 3 = 1, \"x\";\n", rows: []string{wanted, wanted}},
		"a cell too few":        {lines: ";T 3 = 1;\n", unread: 1},
		"cut off":               {lines: ";T 3 = 1, \"x\"\n;T 4 = 1, \"x\";\n", rows: []string{"4 A=1 B=\"x\""}, unread: 1},
		"no index":              {lines: ";T x = 1, \"x\";\n"},
	} {
		for place, body := range map[string]string{
			"before": test.lines + "FORMAT Index = A, B;\nT 0 = 1, \"x\";\n",
			"after":  "FORMAT T_Index = T_A, T_B;\nT 0 = 1, \"x\";\n" + test.lines,
		} {
			commented, unread := table(t, body).Commented()
			var rows []string
			for _, row := range commented {
				rows = append(rows, inWords(row))
			}
			assert.Equal(t, test.rows, rows, "%s, %s", name, place)
			assert.Equal(t, test.unread, unread, "%s, %s", name, place)
			assert.Equal(t, 1, table(t, body).Len(), "%s, %s", name, place)
		}
	}
}
