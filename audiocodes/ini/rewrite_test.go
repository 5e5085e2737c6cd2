package ini_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unchanged is an edit that changes nothing; shouting one that changes everything.
var (
	unchanged = ini.Edit{
		Section: same, Column: same, Parameter: same, Comment: same,
		Value: func(_, value string) string { return value },
		Cell:  func(_, _ string, cell ini.Cell) ini.Cell { return cell },
	}
	shouting = ini.Edit{
		Section: strings.ToUpper, Column: strings.ToUpper, Parameter: strings.ToUpper,
		Comment: func(string) string { return "COMMENT" },
		Value:   func(_, value string) string { return strings.ToUpper(value) },
		Cell:    func(_, _ string, cell ini.Cell) ini.Cell { return ini.Cell(strings.ToUpper(string(cell))) },
	}
)

func same(text string) string { return text }

// TestRewriteChangesNothingByItself: but for blanks, the samples come back as they were.
func TestRewriteChangesNothingByItself(t *testing.T) {
	eachSample(t, func(t *testing.T, data []byte, file *ini.File) {
		again, err := ini.Parse(ini.Rewrite(data, unchanged))
		require.NoError(t, err)
		require.Len(t, again.Tables(), len(file.Tables()))
		for i, table := range file.Tables() {
			assert.Equal(t, table.Name, again.Tables()[i].Name)
			assert.Equal(t, table.Hidden, again.Tables()[i].Hidden)
			assert.Equal(t, table.Columns(), again.Tables()[i].Columns())
			if table.Hidden {
				continue
			}
			differences, err := ini.Compare(table, again.Tables()[i])
			require.NoError(t, err)
			assert.Empty(t, differences)
		}
		assert.Equal(t, strings.Count(string(data), "\r\n"), strings.Count(string(ini.Rewrite(data, unchanged)), "\r\n"))
	})
}

func TestRewriteReplacesEveryText(t *testing.T) {
	t.Parallel()
	text := ";Board: x\r\n[a Params]\r\nb = 'c'\r\nno parameter\r\n;d is hidden but has non-default value\r\n" +
		"[ T ]\r\n; e\r\n; This table contains hidden elements, f\r\nFORMAT T_Index = T_g, h;\r\nT 7 =  \"i\",j ;\r\nT k = 1;\r\nT 8 = \"l\";\r\n[ \\T ]\r\n"
	want := ";COMMENT\r\n[A PARAMS]\r\nB = 'C'\r\na line of another form\r\n;D is hidden but has non-default value\r\n" +
		"[ T ]\r\n;COMMENT\r\n; This table contains hidden elements and will not be exposed.\r\nFORMAT T_Index = T_G, H;\r\nT 7 = \"I\", J;\r\na row that can't be read\r\nT 8 = \"L\";\r\n[ \\T ]\r\n"
	assert.Equal(t, want, string(ini.Rewrite([]byte(text), shouting)))
}

// TestRewriteKeepsWhatIsBroken: an error stays one.
func TestRewriteKeepsWhatIsBroken(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"hello", "[", "[]", "[ T ]\nFORMAT Index = a", "[ T ]\nFORMAT Index = a;\nFORMAT Index = a;\n[ \\T ]",
		"[ T ]\nT 0 = 1;\n[ \\T ]", "[ \\T ]", "[ T ]\nFORMAT Index = a;\n[ X ]", "[X Params]\na = 1", "",
		"[ T ]\nFORMAT Index = a;\n[ \\T ]\n[ t ]\nFORMAT Index = a;\n[ \\t ]",
	} {
		_, err := ini.Parse([]byte(text))
		require.Error(t, err)
		_, err = ini.Parse(ini.Rewrite([]byte(text), shouting))
		assert.Error(t, err, text)
	}
}

// TestRewriteLetsNoCellBreakOut: a replacement that can't be a cell does not become one.
func TestRewriteLetsNoCellBreakOut(t *testing.T) {
	t.Parallel()
	edit := unchanged
	for _, evil := range []ini.Cell{"a, b", `"a`, "a\nT 1 = 2", "\"a\r\nb\"", `"a", "b"`} {
		edit.Cell = func(_, _ string, _ ini.Cell) ini.Cell { return evil }
		file, err := ini.Parse(ini.Rewrite([]byte("[ T ]\nFORMAT Index = a, b;\nT 0 = 1, 2;\n[ \\T ]\n"), edit))
		require.NoError(t, err)
		rows, err := file.Table("T").Rows()
		require.NoError(t, err, string(evil))
		require.Len(t, rows, 1)
		assert.Equal(t, "0", rows[0].Text("a"))
	}
}
