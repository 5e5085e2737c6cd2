package ini_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// samples are the configurations below testdata, by file name.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.ini")
	require.NoError(t, err)
	require.Len(t, paths, 6)
	files := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		files[filepath.Base(path)] = data
	}
	return files
}

// eachSample runs a parallel subtest for every sample.
func eachSample(t *testing.T, check func(t *testing.T, data []byte, file *ini.File)) {
	t.Helper()
	t.Parallel()
	for name, data := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := ini.Parse(data)
			require.NoError(t, err)
			check(t, data, file)
		})
	}
}

// eachRow calls check for every row of every table that the device shows.
func eachRow(t *testing.T, file *ini.File, check func(table *ini.Table, row ini.Row)) {
	t.Helper()
	for _, table := range file.Tables() {
		if table.Hidden {
			continue
		}
		rows, err := table.Rows()
		require.NoError(t, err, table.Name)
		for _, row := range rows {
			check(table, row)
		}
	}
}

// The counts were made by other means: grep for closing brackets and for rows.
func TestSamplesAreReadCompletely(t *testing.T) {
	t.Parallel()
	wanted := map[string]struct{ tables, rows, hidden int }{
		"gateway-7.4-early-excerpt.ini":         {10, 13, 0},
		"mediant1000-7.00A.049.003.ini":         {40, 92, 2},
		"mediant800b-7.00A.040.004-excerpt.ini": {6, 6, 1},
		"mp124-6.60A.349.001.ini":               {13, 41, 1},
		"sip-trunk-7.4-partial.ini":             {4, 4, 0},
		"teams-azure-single-tenant-7.2.ini":     {23, 51, 0},
	}
	for name, data := range samples(t) {
		file, err := ini.Parse(data)
		require.NoError(t, err, name)
		got := struct{ tables, rows, hidden int }{tables: len(file.Tables())}
		for _, table := range file.Tables() {
			got.rows += table.Len()
			if table.Hidden {
				got.hidden++
			}
		}
		assert.Equal(t, wanted[name], got, name)
	}
}

func TestTeamsLegOfASampleIsFoundByName(t *testing.T) {
	t.Parallel()
	file, err := ini.Parse(samples(t)["teams-azure-single-tenant-7.2.ini"])
	require.NoError(t, err)

	interfaces, err := file.Table("SIPInterface").Rows()
	require.NoError(t, err)
	require.Len(t, interfaces, 2)
	assert.Equal(t, "SI_SBC01_MSFT_Teams", interfaces[1].Text("InterfaceName"))
	assert.Equal(t, "default", interfaces[1].Text("TLSContext"))
	assert.Equal(t, "1", interfaces[1].Text("TLSMutualAuthentication"))

	addresses, err := file.Table("ProxyIp").Rows()
	require.NoError(t, err)
	require.Len(t, addresses, 5)
	assert.Equal(t, "sip.pstnhub.microsoft.com:5061", addresses[1].Text("IpAddress"))
	assert.Equal(t, "1", addresses[1].Text("ProxySetId"))

	contexts := file.Table("TLSContexts")
	assert.False(t, contexts.HasColumn("UseDefaultCABundle"))
	assert.True(t, contexts.HasColumn("DHKeySize"))
}

func TestRowsOfSamplesKeepEveryByte(t *testing.T) {
	eachSample(t, func(t *testing.T, data []byte, file *ini.File) {
		eachRow(t, file, func(_ *ini.Table, row ini.Row) {
			require.Contains(t, string(data), "\n"+row.String(), "the row is the device's own line")
			requireKeepsBytes(t, row)
		})
	})
}

func TestChangingACellChangesItsBytesOnly(t *testing.T) {
	const value = "changed"
	eachSample(t, func(t *testing.T, _ []byte, file *ini.File) {
		eachRow(t, file, func(_ *ini.Table, row ini.Row) {
			for column, was := range row.Cells {
				changed, err := row.With(column, value)
				if err != nil || changed.Index != row.Index || changed.Text(column) != value || !sameAround(row.String(), changed.String(), len(was)) {
					require.Fail(t, "the change went wrong", "%s of %s\nnow   %s\nerror %v", column, row, changed, err)
				}
				is, _ := changed.Cell(column)
				if strings.HasPrefix(string(was), `"`) != strings.HasPrefix(string(is), `"`) {
					require.Fail(t, "quoted or not, as before", "%s of %s", column, row)
				}
			}
		})
	})
}

// sameAround reports whether two lines have all bytes in common but a stretch that is no
// longer than the changed cell was.
func sameAround(before, after string, cell int) bool {
	head, tail := 0, 0
	for head < min(len(before), len(after)) && before[head] == after[head] {
		head++
	}
	for tail < min(len(before), len(after)) && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	return head+tail >= len(before)-cell
}

func TestLoadOfSampleTablesParsesBack(t *testing.T) {
	eachSample(t, func(t *testing.T, _ []byte, file *ini.File) {
		for _, table := range file.Tables() {
			if table.Hidden {
				continue
			}
			rows, err := table.Rows()
			require.NoError(t, err)
			load := table.Load(rows...)
			assertCRLF(t, load)

			loaded, err := ini.Parse(load)
			require.NoError(t, err, table.Name)
			again, err := loaded.Table(table.Name).Rows()
			require.NoError(t, err)
			assert.Equal(t, table.Columns(), loaded.Table(table.Name).Columns())
			assert.Equal(t, lines(rows), lines(again))
			differences, err := ini.Compare(table, loaded.Table(table.Name))
			require.NoError(t, err)
			assert.Empty(t, differences)
		}
	})
}

func assertCRLF(t *testing.T, load []byte) {
	t.Helper()
	assert.Equal(t, bytes.Count(load, []byte("\n")), bytes.Count(load, []byte("\r\n")), "every line ends in CRLF")
	assert.Equal(t, bytes.Count(load, []byte("\r")), bytes.Count(load, []byte("\r\n")), "no stray CR")
}

func lines(rows []ini.Row) []string {
	var text []string
	for _, row := range rows {
		text = append(text, row.String())
	}
	return text
}

// A cut can only go unnoticed right behind a closing bracket, where nothing in the text
// tells that more was to come: what is there is then whole.
func TestACutIsNoticedUnlessItLiesBetweenTables(t *testing.T) {
	eachSample(t, func(t *testing.T, data []byte, file *ini.File) {
		whole := map[string][]string{}
		for _, table := range file.Tables() {
			whole[table.Name] = append(table.Columns(), rowsOf(table)...)
		}
		unnoticed := 0
		for _, n := range cuts(data) {
			part, err := ini.Parse(data[:n])
			if err != nil {
				require.ErrorIs(t, err, ini.ErrNotINI)
				continue
			}
			unnoticed++
			require.True(t, endsBehindATable(data[:n]), "cut at byte %d: ends with %q", n, tail(data[:n]))
			for _, table := range part.Tables() {
				require.Equal(t, whole[table.Name], append(table.Columns(), rowsOf(table)...), "cut at byte %d, table %s", n, table.Name)
			}
		}
		assert.Positive(t, unnoticed, "the cuts between two tables are among them")
	})
}

// cuts are every line boundary and every seventh byte; in a small file every byte.
func cuts(data []byte) []int {
	var at []int
	for n := range data {
		if len(data) < 6000 || n%7 == 0 || n > 0 && data[n-1] == '\n' {
			at = append(at, n)
		}
	}
	return at
}

// endsBehindATable reports whether only blanks stand behind the last closing bracket.
func endsBehindATable(data []byte) bool {
	text := bytes.TrimSpace(data)
	line := text[bytes.LastIndexByte(text, '\n')+1:]
	return bytes.HasPrefix(line, []byte(`[ \`)) && bytes.HasSuffix(line, []byte(" ]"))
}

func rowsOf(table *ini.Table) []string {
	if table.Hidden {
		return []string{"hidden"}
	}
	rows, err := table.Rows()
	if err != nil {
		return []string{err.Error()}
	}
	return lines(rows)
}

func tail(data []byte) []byte { return data[max(0, len(data)-60):] }
