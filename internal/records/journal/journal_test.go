package journal_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func entry(run string, event remediate.Event, kind remediate.StepKind, context int, root string) journal.Entry {
	return journal.Entry{Time: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Run: run, Event: event, Kind: kind, Context: &context, Root: root}
}

func write(t *testing.T, directory journal.Folder, entries ...journal.Entry) {
	t.Helper()
	file, err := directory.Open("serial-1")
	require.NoError(t, err)
	for _, e := range entries {
		require.NoError(t, file.Record(e))
	}
	require.NoError(t, file.Close())
}

func TestEntriesComeBackInTheirOrderOverRuns(t *testing.T) {
	t.Parallel()
	directory := journal.Folder(filepath.Join(t.TempDir(), "new", "journal"))
	want := []journal.Entry{entry("a", remediate.EventStart, "", 0, ""), entry("a", remediate.EventIntent, "import_root", 1, "ab")}
	write(t, directory, want[0])
	write(t, directory, want[1])
	got, err := directory.Read("serial-1")
	require.NoError(t, err)
	assert.Equal(t, want, got)
	other, err := directory.Read("serial-2")
	require.NoError(t, err)
	assert.Empty(t, other, "a device without a journal")
}

// TestAnEntryIsAppended to a journal that a crash cut off, and to one that is not there yet.
func TestAnEntryIsAppended(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	directory := journal.Folder(path)
	want := []journal.Entry{entry("a", journal.Named, "", 0, ""), entry("b", journal.Named, "", 0, "")}
	require.NoError(t, directory.Append("serial-1", want[0]))
	file, err := os.OpenFile(filepath.Join(path, "serial-1.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"event":"st`)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.NoError(t, directory.Append("serial-1", want[1]))
	got, err := directory.Read("serial-1")
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestFilesBelongToTheOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	write(t, journal.Folder(path), entry("a", remediate.EventStart, "", 0, ""))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	info, err = os.Stat(filepath.Join(path, "serial-1.jsonl"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// TestACutLineIsPassedOver cuts the journal at every byte, as a crash might, and goes on.
func TestACutLineIsPassedOver(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	whole := journal.Folder(filepath.Join(root, "whole"))
	write(t, whole, entry("a", remediate.EventStart, "", 0, ""), entry("a", remediate.EventIntent, "import_root", 1, "ab"))
	text, err := os.ReadFile(filepath.Join(root, "whole", "serial-1.jsonl"))
	require.NoError(t, err)
	first := strings.IndexByte(string(text), '\n')
	for cut := range text {
		path := filepath.Join(root, "cut")
		require.NoError(t, os.MkdirAll(path, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(path, "serial-1.jsonl"), text[:cut], 0o600))
		write(t, journal.Folder(path), entry("b", remediate.EventStart, "", 0, ""))
		got, err := journal.Folder(path).Read("serial-1")
		require.NoError(t, err)
		require.Equal(t, "b", got[len(got)-1].Run, "cut at %d", cut)
		if cut >= first {
			require.Equal(t, "a", got[0].Run, "cut at %d", cut)
		}
	}
}

// TestALineThatIsTooLongHidesNoOther: whoever wrote it, what comes before and after counts.
func TestALineThatIsTooLongHidesNoOther(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	directory := journal.Folder(path)
	whole := entry("a", remediate.EventBackup, "", 0, "")
	whole.Detail = strings.Repeat("x", 200<<10)
	write(t, directory, whole)
	file, err := os.OpenFile(filepath.Join(path, "serial-1.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"event":"end","detail":"` + strings.Repeat("x", 2<<20) + "\"}\n")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	write(t, directory, entry("b", remediate.EventStart, "", 0, ""))
	got, err := directory.Read("serial-1")
	require.NoError(t, err)
	assert.Equal(t, []journal.Entry{whole, entry("b", remediate.EventStart, "", 0, "")}, got)
}

func TestADirectoryThatCannotBeMadeIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := journal.Folder(path).Open("serial-1")
	require.Error(t, err)
	_, err = journal.Folder(path).Read("serial-1")
	require.Error(t, err)
}

func TestWhatTheNextRunIsTold(t *testing.T) {
	t.Parallel()
	const save = remediate.StepSave
	start, end := entry("a", remediate.EventStart, "", 0, ""), entry("a", remediate.EventEnd, "", 0, "")
	intended, seen := entry("a", remediate.EventIntent, "import_root", 1, "ab"), entry("a", remediate.EventSeen, "import_root", 1, "ab")
	other := entry("a", remediate.EventIntent, "enable_bundle", 1, "")
	undone := entry("a", remediate.EventUndone, "enable_bundle", 1, "")
	removed := entry("a", remediate.EventIntent, "remove_root", 1, "ab")
	saving, saved := entry("a", remediate.EventIntent, save, 0, ""), entry("a", remediate.EventSeen, save, 0, "")
	backup := entry("a", remediate.EventBackup, "", 0, "")
	backup.Baseline = map[string]string{"parameters": "before a"}
	later := entry("b", remediate.EventBackup, "", 0, "")
	later.Baseline = map[string]string{"parameters": "before b"}
	for name, row := range map[string]struct {
		entries  []journal.Entry
		unsaved  int
		baseline remediate.Baseline
		died     bool
	}{
		"nothing":                      {nil, 0, nil, false},
		"begun":                        {[]journal.Entry{start, backup}, 0, nil, true},
		"intended":                     {[]journal.Entry{start, backup, intended}, 1, backup.Baseline, true},
		"seen":                         {[]journal.Entry{start, backup, intended, seen}, 1, backup.Baseline, true},
		"two changes":                  {[]journal.Entry{start, backup, intended, seen, other}, 2, backup.Baseline, true},
		"ended unsaved":                {[]journal.Entry{start, backup, intended, seen, end}, 1, backup.Baseline, false},
		"saved":                        {[]journal.Entry{start, backup, intended, seen, saving, saved, end}, 0, nil, false},
		"a save whose answer got lost": {[]journal.Entry{start, backup, intended, seen, saving}, 1, backup.Baseline, true},
		"only a save":                  {[]journal.Entry{start, backup, saving}, 0, nil, true},
		"put back":                     {[]journal.Entry{start, backup, other, undone, end}, 1, backup.Baseline, false},
		"saved, and another change":    {[]journal.Entry{start, backup, intended, saved, end, start, later, other}, 1, later.Baseline, true},
		"the first baseline counts":    {[]journal.Entry{start, backup, intended, end, start, later, other}, 2, backup.Baseline, true},
		"the same change in two runs":  {[]journal.Entry{start, backup, intended, end, start, later, intended, seen, end}, 1, backup.Baseline, false},
		"accepted, and absent":         {[]journal.Entry{start, backup, intended, entry("a", remediate.EventAbsent, "import_root", 1, "ab"), end}, 1, backup.Baseline, false},
		"a root that was put back":     {[]journal.Entry{start, backup, removed, entry("a", remediate.EventUndone, "remove_root", 1, "ab"), end}, 1, backup.Baseline, false},
		"a further name":               {[]journal.Entry{entry("", journal.Named, "", 0, "")}, 0, nil, false},
	} {
		earlier := journal.Earlier(row.entries, "")
		assert.Len(t, earlier.Unsaved, row.unsaved, name)
		assert.Equal(t, row.baseline, earlier.Baseline, name)
		assert.Equal(t, row.died, earlier.Died != "", name)
	}
}

// TestASwitchThatWasPutBackIsOursNoMore: that it was set back is; a later run that finds it set the same way
// again must not take that for its own.
func TestASwitchThatWasPutBackIsOursNoMore(t *testing.T) {
	t.Parallel()
	for kind, opposite := range map[remediate.StepKind]remediate.StepKind{
		remediate.StepEnableBundle: remediate.StepDisableBundle, remediate.StepDisableBundle: remediate.StepEnableBundle,
	} {
		set, other := entry("a", remediate.EventIntent, kind, 1, ""), entry("a", remediate.EventIntent, kind, 2, "")
		earlier := journal.Earlier([]journal.Entry{set, other, set, entry("a", remediate.EventUndone, kind, 1, "")}, "")
		assert.Equal(t, []remediate.OwnChange{{Kind: kind, Context: 2}, {Kind: opposite, Context: 1}}, earlier.Unsaved, kind)
	}
}

func TestWhatARunHasDone(t *testing.T) {
	t.Parallel()
	imports := func(event remediate.Event) journal.Entry { return entry("a", event, "import_root", 1, "ab") }
	sets := func(event remediate.Event) journal.Entry { return entry("a", event, "enable_bundle", 1, "") }
	removes := func(event remediate.Event) journal.Entry { return entry("a", event, "remove_root", 1, "ab") }
	const intent, answer, seen = remediate.EventIntent, remediate.EventAnswer, remediate.EventSeen
	for name, row := range map[string]struct {
		entries []journal.Entry
		done    bool
	}{
		"intended, and nothing since":        {[]journal.Entry{imports(intent)}, true},
		"answered, as earlier versions have": {[]journal.Entry{imports(intent), imports(answer)}, true},
		"seen":                               {[]journal.Entry{imports(intent), imports(answer), imports(seen)}, true},
		"refused":                            {[]journal.Entry{imports(intent), imports(answer), imports(remediate.EventRefused)}, false},
		"refused, and done then":             {[]journal.Entry{imports(intent), imports(remediate.EventRefused), imports(intent), imports(seen)}, true},
		"accepted, and absent":               {[]journal.Entry{imports(intent), imports(answer), imports(remediate.EventAbsent)}, false},
		"absent, and seen after all":         {[]journal.Entry{imports(intent), imports(remediate.EventAbsent), imports(seen)}, true},
		"absent, and tried again":            {[]journal.Entry{imports(intent), imports(remediate.EventAbsent), imports(intent)}, true},
		"of a root, undone says nothing":     {[]journal.Entry{imports(intent), imports(seen), imports(remediate.EventUndone)}, true},
		"a lost root put back is no undoing": {[]journal.Entry{removes(intent), removes(intent), removes(seen), removes(remediate.EventUndone)}, true},
		"a removal that was refused":         {[]journal.Entry{removes(intent), removes(intent), removes(remediate.EventRefused)}, false},
		"a switch that was put back":         {[]journal.Entry{sets(intent), sets(answer), sets(intent), sets(answer), sets(remediate.EventUndone)}, false},
		"a switch seen, then put back":       {[]journal.Entry{sets(intent), sets(seen), sets(intent), sets(remediate.EventUndone)}, false},
		"a put-back that was refused":        {[]journal.Entry{sets(intent), sets(answer), sets(intent), sets(remediate.EventRefused)}, true},
		"a put-back that does not show":      {[]journal.Entry{sets(intent), sets(answer), sets(intent), sets(remediate.EventAbsent)}, true},
		"a switch that was refused":          {[]journal.Entry{sets(intent), sets(remediate.EventRefused)}, false},
		"refused twice, then set":            {[]journal.Entry{sets(intent), sets(remediate.EventRefused), sets(intent), sets(remediate.EventRefused), sets(intent)}, true},
		"of another run":                     {[]journal.Entry{entry("b", intent, "import_root", 1, "ab"), imports(remediate.EventRefused)}, false},
	} {
		done, known := journal.Done(row.entries, "a")
		assert.True(t, known, name)
		assert.Equal(t, row.done, len(done) > 0, name)
	}
	_, known := journal.Done([]journal.Entry{imports(intent)}, "b")
	assert.False(t, known, "the journal holds nothing of that run")
}

// TestWhatALaterRestoreUndidAndSavedIsNotOursAnyMore: run "a" imported a root, and run "b" restored.
func TestWhatALaterRestoreUndidAndSavedIsNotOursAnyMore(t *testing.T) {
	t.Parallel()
	const intent, seen = remediate.EventIntent, remediate.EventSeen
	imported := []journal.Entry{entry("a", intent, "import_root", 1, "ab"), entry("a", seen, "import_root", 1, "ab"), entry("a", seen, "save", 0, "")}
	removed, saved := entry("b", seen, "remove_root", 1, "ab"), entry("b", seen, "save", 0, "")
	for name, row := range map[string]struct {
		since  []journal.Entry
		undone bool
	}{
		"nothing":                         {nil, false},
		"removed":                         {[]journal.Entry{removed}, false},
		"removed and saved":               {[]journal.Entry{removed, saved}, true},
		"sent, and not seen":              {[]journal.Entry{entry("b", intent, "remove_root", 1, "ab"), saved}, false},
		"put back, and saved":             {[]journal.Entry{removed, entry("b", remediate.EventUndone, "remove_root", 1, "ab"), saved}, false},
		"removed, saved by another run":   {[]journal.Entry{removed, entry("c", remediate.EventBackup, "", 0, ""), entry("c", seen, "save", 0, "")}, false},
		"in another TLS Context":          {[]journal.Entry{entry("b", seen, "remove_root", 2, "ab"), saved}, false},
		"done again by the run, resumed":  {[]journal.Entry{removed, saved, entry("a", intent, "import_root", 1, "ab")}, false},
		"done again by another run":       {[]journal.Entry{removed, saved, entry("c", intent, "import_root", 1, "ab")}, true},
		"an apply that was saved":         {[]journal.Entry{entry("c", seen, "import_root", 1, "cd"), saved}, false},
		"the switch, that is another one": {[]journal.Entry{entry("b", seen, "disable_bundle", 1, ""), saved}, false},
	} {
		undone := journal.UndoneSince(slices.Concat(imported, row.since), "a")
		assert.Equal(t, row.undone, slices.Contains(undone, remediate.OwnChange{Kind: "import_root", Context: 1, Root: "ab"}), name)
	}
}

// TestAfterThePowerWentWhatWasPlannedIsPerhapsOurs: the end of a journal that was not synced is gone, up to any line.
func TestAfterThePowerWentWhatWasPlannedIsPerhapsOurs(t *testing.T) {
	t.Parallel()
	context := 1
	backup := entry("a", remediate.EventBackup, "", 0, "")
	backup.Boot, backup.Clean = "monday", true
	backup.Steps = []journal.Planned{{Kind: "enable_bundle", Context: &context}, {Kind: "import_root", Context: &context, Root: "ab"}}
	entries := []journal.Entry{
		entry("a", remediate.EventStart, "", 0, ""), backup,
		entry("a", remediate.EventIntent, "enable_bundle", 1, ""), entry("a", remediate.EventAnswer, "enable_bundle", 1, ""),
		entry("a", remediate.EventIntent, "import_root", 1, "ab"), entry("a", remediate.EventIntent, "save", 0, ""),
		entry("a", remediate.EventSeen, "save", 0, ""), entry("a", remediate.EventEnd, "", 0, ""),
	}
	bundle := remediate.OwnChange{Kind: "enable_bundle", Context: 1}
	root := remediate.OwnChange{Kind: "import_root", Context: 1, Root: "ab"}
	for kept, want := range map[int]struct{ ours, perhaps []remediate.OwnChange }{
		2: {nil, []remediate.OwnChange{bundle, root}},
		3: {[]remediate.OwnChange{bundle}, []remediate.OwnChange{root}},
		4: {[]remediate.OwnChange{bundle}, []remediate.OwnChange{root}},
		5: {[]remediate.OwnChange{bundle, root}, nil},
		6: {[]remediate.OwnChange{bundle, root}, nil},
		7: {nil, nil},
		8: {nil, nil},
	} {
		after := journal.Earlier(entries[:kept], "tuesday")
		assert.ElementsMatch(t, want.ours, after.Unsaved, "%d lines", kept)
		assert.ElementsMatch(t, want.perhaps, after.Perhaps, "%d lines", kept)
		assert.ElementsMatch(t, want.perhaps, journal.Doubtful(entries[:kept], "a", "tuesday"), "%d lines", kept)
		same := journal.Earlier(entries[:kept], "monday")
		assert.ElementsMatch(t, want.ours, same.Unsaved, "%d lines", kept)
		assert.Empty(t, same.Perhaps, "%d lines: a kill loses none", kept)
	}
	for i, e := range entries {
		assert.Equal(t, i != 1 && i != 6, journal.MayBeLost(e), "line %d", i+1)
	}
	for _, event := range []remediate.Event{remediate.EventRefused, remediate.EventUndone, remediate.EventAbsent, journal.Named} {
		assert.False(t, journal.MayBeLost(entry("a", event, "import_root", 1, "ab")), event)
	}
}
