package export_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/fleet/export"
	"github.com/acfix/acfix/internal/usage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	samples = "../../../mockdevice/testdata/"
	presets = "../../../mockdevice/presets/"
)

// wholeFiles are the public exports that are whole, and what the simulator ships, by the firmware that they do not tell.
var wholeFiles = map[string]string{
	samples + "mediant1000-7.00A.049.003.ini":     "",
	samples + "mp124-6.60A.349.001.ini":           "",
	samples + "teams-azure-single-tenant-7.2.ini": "7.20A.258.459",
	presets + "7.0.ini":                           "",
	presets + "7.4.500.ini":                       "",
}

func TestWholeExportsAreRead(t *testing.T) {
	t.Parallel()
	for path, firmware := range wholeFiles {
		text := string(file(t, path))
		for name, untidy := range map[string]string{
			"as exported": text, "without blank lines at the end": strings.TrimRight(text, "\r\n"),
			"with LF": strings.ReplaceAll(text, "\r\n", "\n"), "with CR CR LF": strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\r\n"),
		} {
			read, err := export.Reader{Firmware: firmware}.Read(written(t, "board.ini", []byte(untidy)))
			require.NoError(t, err, "%s %s", path, name)
			assert.Empty(t, read.Part, "%s %s", path, name)
		}
	}
}

var opening = regexp.MustCompile(`(?m)^\[ [^\\]`)

// TestACutBetweenTwoTablesIsFound cuts each whole file before each of its tables but the first, in all the ways in which
// a download or a copy may end there.
func TestACutBetweenTwoTablesIsFound(t *testing.T) {
	t.Parallel()
	board := filepath.Join(t.TempDir(), "board.ini")
	for path, firmware := range wholeFiles {
		text := string(file(t, path))
		starts := opening.FindAllStringIndex(text, -1)
		require.Greater(t, len(starts), 10, path)
		for _, start := range starts[1:] {
			cut := text[:start[0]]
			tidy := strings.TrimRight(cut, "\r\n")
			for _, end := range []string{cut, tidy, tidy + "\r\n", tidy + "\n\n"} {
				require.NoError(t, os.WriteFile(board, []byte(end), 0o600))
				read, err := export.Reader{Firmware: firmware}.Read(board)
				require.NoError(t, err)
				last := tidy[strings.LastIndex(tidy, "\n")+1:]
				require.NotEmpty(t, read.Part, "%s cut behind %s", path, last)
			}
		}
	}
}

// without leaves one table out.
func without(text, table string) string {
	block := regexp.MustCompile(`(?s)\[ ` + table + ` \].*?\[ \\` + table + ` \]\s*`)
	return block.ReplaceAllLiteralString(text, "")
}

// TestAFileWithoutATableOfTheLegIsAPart: whatever stands behind it.
func TestAFileWithoutATableOfTheLegIsAPart(t *testing.T) {
	t.Parallel()
	for path, firmware := range wholeFiles {
		if strings.Contains(path, "6.60A") {
			continue
		}
		text := string(file(t, path))
		for _, table := range []string{"TLSContexts", "SRD", "SIPInterface", "ProxySet", "ProxyIp"} {
			part := without(text, table)
			require.NotEqual(t, text, part)
			for _, version := range []string{firmware, "7.40A.604.077"} {
				read, err := export.Reader{Firmware: version}.Read(written(t, "board.ini", []byte(part)))
				require.NoError(t, err)
				assert.Equal(t, "it lacks the table "+table, read.Part, path)
			}
		}
	}
}

func TestOldFirmwareNeedsOneTableOfTheLeg(t *testing.T) {
	t.Parallel()
	text := string(file(t, samples+"mp124-6.60A.349.001.ini"))
	for _, table := range []string{"ProxyIp", "ProxySet"} {
		text = without(text, table)
	}
	read, err := export.Reader{}.Read(written(t, "board.ini", []byte(text)))
	require.NoError(t, err)
	assert.Equal(t, "it lacks the tables SIPInterface, ProxySet, ProxyIp", read.Part)
}

// TestExcerptsAreParts: the public excerpts look exactly like files that were cut off.
func TestExcerptsAreParts(t *testing.T) {
	t.Parallel()
	for name, lacks := range map[string][]string{
		"gateway-7.4-early-excerpt.ini": {"SRD"}, "mediant800b-7.00A.040.004-excerpt.ini": {"SRD", "ProxyIp"},
		"sip-trunk-7.4-partial.ini": {"TLSContexts", "SRD", "SIPInterface"},
	} {
		for _, firmware := range []string{"", "7.20A.258.459"} {
			read, err := export.Reader{Firmware: firmware}.Read(samples + name)
			require.NoError(t, err, name)
			assert.Contains(t, read.Part, strings.Join(lacks, ", "), name)
		}
	}
}

// TestTablesThatNoOneKnowsMayFollow: newer firmware may write more tables, and a file may end in another order as long as
// it shows its end.
func TestTablesThatNoOneKnowsMayFollow(t *testing.T) {
	t.Parallel()
	const later = "[ LaterTable ]\n\nFORMAT Index = Name;\nLaterTable 0 = \"x\";\n\n[ \\LaterTable ]\n"
	known := strings.TrimRight(string(file(t, presets+"7.4.500.ini")), "\r\n")
	unknown := strings.TrimRight(without(known, "RoutingRuleGroups"), "\r\n")
	for name, row := range map[string]struct {
		text  string
		whole bool
	}{
		"behind a known end":                 {known + "\n\n\n" + later, true},
		"with the blank lines of an end":     {unknown + "\n\n\n" + later + "\n\n\n", true},
		"with those between two tables only": {unknown + "\n\n\n" + later + "\n\n", false},
		"without":                            {unknown + "\n\n\n" + later, false},
	} {
		read, err := export.Reader{}.Read(written(t, "board.ini", []byte(row.text)))
		require.NoError(t, err, name)
		assert.Equal(t, row.whole, read.Part == "", "%s: %s", name, read.Part)
	}
}

// TestAPackageIsHeldToTheSame: a configuration within a package may be a part too.
func TestAPackageIsHeldToTheSame(t *testing.T) {
	t.Parallel()
	part := without(string(presetINI(t)), "ProxyIp")
	read, err := export.Reader{}.Read(tarGz(t, member{name: "ini.ini", data: []byte(part)}))
	require.NoError(t, err)
	assert.Equal(t, "it lacks the table ProxyIp", read.Part)
}

// TestTheFilesOwnFirmwareCounts: the operator's word is for files that tell none.
func TestTheFilesOwnFirmwareCounts(t *testing.T) {
	t.Parallel()
	text := presetINI(t)
	for name, row := range map[string]struct{ text, given, wanted string }{
		"the file tells it": {string(text), "7.40A.604.077", "7.40A.500.357"},
		"it tells none":     {strings.Replace(string(text), ";Software Version", ";Software", 1), "7.40A.604.077", "7.40A.604.077"},
		"it is unreadable":  {strings.Replace(string(text), "7.40A.500.357", "seven", 1), "7.40A.604.077", "7.40A.604.077"},
		"neither":           {strings.Replace(string(text), "7.40A.500.357", "", 1), "", ""},
	} {
		read, err := export.Reader{Firmware: row.given}.Read(written(t, "board.ini", []byte(row.text)))
		require.NoError(t, err, name)
		assert.Equal(t, row.wanted, read.Status.Firmware, name)
	}
}

// TestWhatCannotBeReadInAFolderStaysInTheList: in silence, a device would be left out.
func TestWhatCannotBeReadInAFolderStaysInTheList(t *testing.T) {
	t.Parallel()
	folder := filepath.Dir(written(t, "a.ini", presetINI(t)))
	for name, leadsTo := range map[string]string{"gone.ini": "nowhere", "loop.7z": "loop.7z", "gone.txt": "nowhere"} {
		link(t, leadsTo, filepath.Join(folder, name))
	}
	found, err := export.Find(folder)
	require.NoError(t, err)
	var failed []string
	for _, path := range found {
		if _, err := (export.Reader{}).Read(path); err != nil {
			var told *usage.Error
			require.True(t, errors.As(err, &told), path)
			failed = append(failed, filepath.Base(path))
		}
	}
	assert.Len(t, found, 3)
	assert.Equal(t, []string{"gone.ini", "loop.7z"}, slices.Sorted(slices.Values(failed)))
}
