package remediate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
)

// Earlier is what the journal of a device says about earlier runs.
type Earlier struct {
	// Unsaved are the changes that acfix intended or made since the last save.
	Unsaved []OwnChange
	// Perhaps are changes that were planned and of whose sending the journal may have lost the record: the
	// machine went down during the run.
	Perhaps []OwnChange
	// Baseline is the device as it was before the first of them.
	Baseline Baseline
	// Foreign: changes by others waited unsaved when the Baseline was read, so what waits now is not ours alone.
	Foreign bool
	// Told: after one of these changes the device reported unsaved changes.
	Told bool
	// Died names the last run if it never ended; else it is "".
	Died string
}

// OwnChange is a change by acfix since the last save; it may or may not have happened.
type OwnChange struct {
	Kind    StepKind
	Context int
	Root    string // SHA-256
}

// Baseline holds digests of a device: enough to find out later whether anything differs besides our own changes,
// without keeping a configuration outside a backup. A key names a table, a bundle switch, a store, a certificate, or
// the parameters.
type Baseline map[string]string

// Keys of a Baseline. The names of tables are in lower case and can't hold a colon.
const (
	keyParameters  = "parameters"
	keySwitch      = "switch:" // and the TLS Context's index
	keyRoots       = "roots:"
	keyCertificate = "certificate:"
)

// baselineOf makes a baseline from a configuration and the stores that were read with it, and leaves churn out.
// docs/design/records.md: A journal holds digests and no configuration
func baselineOf(file *ini.File, stores map[int]certs.Store, churn Churn) Baseline {
	baseline := Baseline{keyParameters: parametersDigest(file, churn)}
	for part := range churn {
		baseline[keyChurn+part] = "moves"
	}
	room := borrowRoom()
	defer rooms.Put(room)
	for _, table := range file.Tables() {
		if table.Len() > 0 {
			baseline[strings.ToLower(table.Name)] = tableDigest(table, churn, room)
		}
	}
	if contexts, err := file.Table(tableTLSContexts).Rows(); err == nil {
		for _, row := range contexts {
			baseline[keySwitch+strconv.Itoa(row.Index)] = row.Text(columnBundle)
		}
	}
	for id, store := range stores {
		fingerprints := slices.Compact(slices.Sorted(slices.Values(store.Fingerprints())))
		// Even an empty store has a value: no value means that it was not read.
		baseline[keyRoots+strconv.Itoa(id)] = strings.Join(append([]string{"read"}, fingerprints...), " ")
	}
	return baseline
}

func tableDigest(table *ini.Table, churn Churn, room *lineRoom) string {
	own := strings.EqualFold(table.Name, tableTLSContexts)
	lines, err := room.lines(table, func(column string) bool {
		return !isVolatile(column) && !(own && strings.EqualFold(column, columnBundle))
	}, churn)
	if err != nil {
		return digest(table.Text())
	}
	sum := sha256.New()
	for i, line := range lines {
		if i > 0 {
			sum.Write([]byte{'\n'})
		}
		sum.Write(line)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func parametersDigest(file *ini.File, churn Churn) string {
	var lines []string
	counts := func(name string) bool { return !slices.Contains(volatileParameters, name) && !churn.parameter(name) }
	for _, name := range file.ParameterNames(counts) {
		value, _ := file.Parameter(name)
		if strings.Contains(value, "$1$") {
			value = "secret"
		}
		lines = append(lines, name+"="+value)
	}
	return digest(strings.Join(lines, "\n"))
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// explains reports whether everything that waits unsaved on the device is ours: acfix made changes since the last
// save, and the device differs from the baseline only in what acfix intended.
func (e Earlier) explains(state State) bool {
	return len(e.Unsaved) > 0 && len(e.Baseline) > 0 && !e.Foreign && len(e.others(state)) == 0
}

// mayWait reports whether changes of ours may be in RAM only although the device reports nothing unsaved: some
// devices may never report it (A68).
func (e Earlier) mayWait(state State) bool {
	return state.Status.SaveNeeded == audiocodes.No && !e.Told && (e.intended(state.shows) || e.perhaps(state))
}

// perhaps reports whether the device shows a change that may be ours: it is neither saved as ours nor
// removed as ours.
// docs/design/records.md: A journal is synced where it would deny a change
func (e Earlier) perhaps(state State) bool { return slices.ContainsFunc(e.Perhaps, state.shows) }

// shows reports whether a change of ours is there, as far as a plan has read.
func (s State) shows(change OwnChange) bool {
	switch change.Kind {
	case StepEnableBundle, StepDisableBundle:
		cell, has := switchCell(s.tables.context(change.Context))
		return has && isSwitch(cell, change.Kind == StepEnableBundle)
	default:
		store, read := s.Stores[change.Context]
		return read && store.Has(change.Root) == (change.Kind == StepImportRoot)
	}
}

// others lists what differs from the baseline and is not ours, as far as the plan read the device: of the stores only
// those of Teams, and no certificates. othersThan compares everything.
func (e Earlier) others(state State) []string {
	if len(e.Unsaved) == 0 || len(e.Baseline) == 0 {
		return nil
	}
	stores := map[int]certs.Store{}
	for id, store := range state.Stores {
		stores[id] = store.Store
	}
	now := baselineOf(state.tables.file, stores, e.Baseline.churn())
	read := Baseline{}
	for key, value := range e.Baseline {
		_, isRead := now[key]
		if isRead || !strings.HasPrefix(key, keyRoots) && !strings.HasPrefix(key, keyCertificate) {
			read[key] = value
		}
	}
	return e.othersThan(read, now)
}

// othersThan lists what differs between two baselines and acfix did not intend.
func (e Earlier) othersThan(before, now Baseline) []string {
	var others []string
	for _, key := range keysOf(before, now) {
		if !e.expected(key, before[key], now[key]) {
			others = append(others, inWords(key))
		}
	}
	return others
}

func keysOf(baselines ...Baseline) []string {
	all := Baseline{}
	for _, baseline := range baselines {
		maps.Copy(all, baseline)
	}
	return slices.Sorted(maps.Keys(all))
}

// expected reports whether the values of a key differ only in what acfix intended.
func (e Earlier) expected(key, before, now string) bool {
	if strings.HasPrefix(key, keyChurn) {
		return true
	}
	if id, ok := strings.CutPrefix(key, keyRoots); ok {
		return now != "" && e.expectedRoots(id, strings.Fields(before), strings.Fields(now))
	}
	if id, ok := strings.CutPrefix(key, keySwitch); ok {
		return before == now || e.intended(func(change OwnChange) bool {
			sets := change.Kind == StepEnableBundle || change.Kind == StepDisableBundle
			return sets && strconv.Itoa(change.Context) == id && isSwitch(now, change.Kind == StepEnableBundle)
		})
	}
	return before == now
}

// expectedRoots reports whether acfix intended every root that is gone from a store or new in it.
func (e Earlier) expectedRoots(id string, before, now []string) bool {
	ours := func(kind StepKind, root string) bool {
		return e.intended(func(change OwnChange) bool {
			return change.Kind == kind && strconv.Itoa(change.Context) == id && change.Root == root
		})
	}
	for _, root := range before {
		if !slices.Contains(now, root) && !ours(StepRemoveRoot, root) {
			return false
		}
	}
	for _, root := range now {
		if !slices.Contains(before, root) && !ours(StepImportRoot, root) {
			return false
		}
	}
	return true
}

func (e Earlier) intended(fits func(OwnChange) bool) bool {
	return slices.ContainsFunc(e.Unsaved, fits)
}

func inWords(key string) string {
	if id, ok := strings.CutPrefix(key, keyRoots); ok {
		return "the trusted roots of TLS Context " + id
	}
	if id, ok := strings.CutPrefix(key, keyCertificate); ok {
		return "the certificate of TLS Context " + id
	}
	if id, ok := strings.CutPrefix(key, keySwitch); ok {
		return fmt.Sprintf("the bundle switch of TLS Context %s", id)
	}
	if key == keyParameters {
		return "a parameter"
	}
	return "table " + key
}
