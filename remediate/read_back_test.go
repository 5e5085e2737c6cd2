package remediate_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheLastStoreReadBackBeginsTheReadingBeforeTheSave: between the last import and the save each store is read once,
// then the configuration, then the status; where something stands in the way, all of it is read anew.
// docs/design/remediate.md: The last store read back begins the reading before the save
func TestTheLastStoreReadBackBeginsTheReadingBeforeTheSave(t *testing.T) {
	t.Parallel()
	const (
		store0, store1 = "/files/tls/0/trustedRoot", "/files/tls/1/trustedRoot"
		ini, status    = "/files/ini", "/status"
	)
	onceMore := []string{store0, store1, ini, status}
	refused := mockdevice.Fault{Count: 1, Do: mockdevice.Status, Status: http.StatusNotFound}
	refusedFor := func(path string) func(*mockdevice.Device) {
		fault := refused
		fault.Path = path
		return func(d *mockdevice.Device) { d.AddFault(fault) }
	}
	for name, row := range map[string]struct {
		disturb func(*mockdevice.Device) // right before the last import
		want    []string
	}{
		"nothing in the way": {want: []string{store1, store0, ini, status}},
		"a page instead of another store": {disturb: func(d *mockdevice.Device) {
			d.AddFault(mockdevice.Fault{Path: store0, Count: 1, Do: mockdevice.HTML})
		}, want: append([]string{store1, store0}, onceMore...)},
		"the store itself does not answer": {disturb: refusedFor(store1), want: []string{
			store1, store0, "/files/tls/1/certificate", store1, store0, ini, status,
		}},
		"the root does not show at once": {disturb: func(d *mockdevice.Device) {
			d.AddFault(mockdevice.Fault{Path: store1, Count: 1, Do: mockdevice.Stale})
		}, want: []string{store1, store0, status, store1, store0, ini, status}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			imports := 0
			r.device.OnRequest(func(_ int, request *http.Request) {
				if strings.HasSuffix(request.URL.Path, importPath) {
					if imports++; imports == 2 && row.disturb != nil {
						row.disturb(r.device)
					}
				}
			})
			result := r.apply(remediate.Choice{})
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			assert.Equal(t, row.want, betweenLastImportAndSave(r.device.Requests()))
			requireRepaired(t, r, 2, true)
		})
	}
}

func betweenLastImportAndSave(requests []mockdevice.Request) []string {
	isSave := func(r mockdevice.Request) bool { return strings.Contains(r.Path, "saveConfiguration") }
	save := slices.IndexFunc(requests, isSave)
	var paths []string
	for i := save - 1; !requests[i].Write; i-- {
		_, path, _ := strings.Cut(requests[i].Path, "/api/v1")
		paths = append(paths, path)
	}
	slices.Reverse(paths)
	return paths
}

// TestWhatOthersChangeAroundTheLastStoreReadBackIsNotSaved, or is not called applied.
func TestWhatOthersChangeAroundTheLastStoreReadBackIsNotSaved(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		do   func(*rig)
		code string
	}{
		"another unit":            {func(r *rig) { r.device.SetSerial("4711") }, remediate.CodeDrift},
		"a restart":               {func(r *rig) { r.device.Reboot() }, remediate.CodeNotVerified},
		"a root in another store": {func(r *rig) { r.device.AddRoot(0, certs.Required()[0].PEM()) }, remediate.CodeDrift},
		"a cell of another context": {func(r *rig) {
			r.device.SetCell("TLSContexts", 0, "TLSVersion", "8")
		}, remediate.CodeDrift},
	} {
		for _, at := range []string{"before", "after"} {
			t.Run(name+" "+at, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, preset(t, "7.4.500"))
				imports, done := 0, false
				r.device.OnRequest(func(_ int, request *http.Request) {
					path := request.URL.Path
					if strings.HasSuffix(path, importPath) {
						imports++
					}
					next := map[string]string{"before": "/1/trustedRoot", "after": "/ini"}[at]
					if imports == 2 && strings.HasSuffix(path, next) && !done {
						done = true
						change.do(r)
					}
				})
				result := r.apply(remediate.Choice{})
				require.Equal(t, remediate.Failed, result.Status)
				assert.Equal(t, change.code, result.Error.Code, result.Error.Message)
			})
		}
	}
}
