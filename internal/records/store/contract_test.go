package store_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

// contract is what both databases must do alike. Each test has a fresh store.
var contract = map[string]func(*testing.T, *store.Store){
	"a run comes back as it was made":             aRunComesBack,
	"a run is found by the beginning of its ID":   aRunIsFoundByPrefix,
	"a run begins with its plans":                 aRunBeginsWithItsPlans,
	"runs are filtered, newest first":             runsAreFiltered,
	"a schedule fires once":                       aScheduleFiresOnce,
	"a refused run leaves no devices":             aRefusedRunLeavesNothing,
	"only a waiting run is approved":              onlyAWaitingRunIsApproved,
	"a run ends and is reopened":                  aRunEndsAndIsReopened,
	"a plan with nothing to do ends its device":   aPlanWithNothingToDoEndsItsDevice,
	"devices come by position, over pages":        devicesComeByPosition,
	"a sequence is gone through more than once":   aSequenceIsGoneThroughTwice,
	"old runs are pruned":                         oldRunsArePruned,
	"a device goes from waiting to done":          aDeviceGoesItsWay,
	"a plan ends the device of a plan":            aPlanEndsThePlannedDevice,
	"what is not there is said to be unknown":     theUnknown,
	"foreign text is kept, made harmless":         foreignText,
	"devices are counted by what they came to":    devicesAreCounted,
	"the newest of each URL":                      latestDevices,
	"what was known of each URL at earlier times": pastReadings,
	"another policy says nothing of the fleet":    aRunByAnotherPolicy,
	"the newest of each URL, outlined":            outlinedDevices,
	"a reading outlives what runs come to":        aReadingStays,
	"a device is forgotten until it is met again": aDeviceIsForgotten,
	"prune deletes devices of runs":               pruneDeletesDevices,
	"a run is outlined":                           aRunIsOutlined,
	"a URL has a history":                         aURLHasAHistory,
	"when each URL last had a verdict":            lastKnown,
	"one of many gets the lease":                  oneGetsTheLease,
	"each lease has a higher epoch":               epochsRise,
	"an ended lease is worth nothing":             anEndedLease,
	"a fenced writer writes nothing":              aFencedWriter,
	"an ended lease that nobody took":             anEndedLeaseThatNobodyTook,
	"a lease guards one device and no other":      aLeaseOfAnother,
	"a run without its controller is an orphan":   orphans,
	"a task goes its way":                         tasks,
	"tasks are in hand while their workers live":  tasksInHand,
	"a lease that nobody had since is regained":   regain,
	"an approval is used once":                    anApprovalIsUsedOnce,
	"an approval comes back unused":               anApprovalComesBack,
	"an old plan is not approved":                 anOldPlanIsNotApproved,
	"a newer plan supersedes waiting ones":        aNewerPlanSupersedes,
	"plans expire":                                plansExpire,
	"a plan is rejected":                          aPlanIsRejected,
	"the marks of used plans outlive a prune":     theMarksOutliveAPrune,
	"a plan is used once on a device":             aPlanIsUsedOnce,
	"of many that use a plan one succeeds":        onePlanIsUsedByOne,
	"one scheduler takes a time of the retention": oneTakesTheRetention,
	"an artifact is deleted under a lease":        anArtifactIsDeleted,
	"events come by several names in one order":   eventsOfSeveralNames,
	"events come oldest first":                    eventsComeOldestFirst,
	"an artifact comes back as it was given":      artifactsComeBack,
	"what many write at once is one transaction":  manyWritesAreOne,
	"one of many writes fails alone":              oneWriteFailsAlone,
	"a task ends with its document and its lease": aTaskEndsAtOnce,
	"a task is read with its lease":               aTaskIsReadWithItsLease,
	"two runs write one store at the same time":   manyWriters,
	"a sequence may be left and written to":       aSequenceIsLeft,
	"ten thousand devices are created in one run": tenThousand,
}

func keepContract(t *testing.T, open func(*testing.T) *store.Store) {
	t.Parallel()
	for name, test := range contract {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

var noon = time.Date(2026, 7, 1, 12, 0, 0, 123456000, time.UTC)

var applied = store.Outcome{Status: "applied", Known: "compliant"}

func document(format string, values ...any) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(format, values...))
}

func someDevices(n int) []store.Device {
	devices := make([]store.Device, n)
	for i := range devices {
		devices[i] = store.Device{Position: i, Target: fmt.Sprintf("sbc-%d", i), URL: fmt.Sprintf("https://127.0.0.1/%05d", i), Wave: i % 3}
	}
	return devices
}

func create(t *testing.T, s *store.Store, run store.Run, devices int) {
	t.Helper()
	if run.Created.IsZero() {
		run.Created = noon
	}
	require.NoError(t, s.CreateRun(t.Context(), run, someDevices(devices)))
}

func all(t *testing.T, devices iter.Seq2[store.Device, error]) []store.Device {
	t.Helper()
	var list []store.Device
	for d, err := range devices {
		require.NoError(t, err)
		list = append(list, d)
	}
	return list
}
