package remediate_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// TestASaveAloneSavesNoMoreThanWaitedThen: all is as wanted but unsaved, so the plan is a save. What an administrator
// changes after that plan stays in RAM, unless the operator accepted that all is saved.
func TestASaveAloneSavesNoMoreThanWaitedThen(t *testing.T) {
	t.Parallel()
	all := remediate.Choice{SaveUnsaved: true}
	for name, test := range map[string]struct {
		quirks []string
		choice remediate.Choice
		since  func(*mockdevice.Device)
		names  string // of what is not saved; "" where the device is saved
	}{
		"nothing":                    {since: func(*mockdevice.Device) {}},
		"nothing, a parameter moves": {quirks: []string{"parameter-churns"}, since: func(*mockdevice.Device) {}},
		"nothing, a column moves":    {quirks: []string{"column-churns"}, since: func(*mockdevice.Device) {}},
		"a parameter":                {since: param("MaxDigits", "30"), names: "a parameter"},
		"a cell":                     {since: set("IPGroup", 0, "SIPGroupName", "theirs"), names: "table ipgroup"},
		"a cell, a parameter moves": {
			quirks: []string{"parameter-churns"}, since: set("IPGroup", 0, "SIPGroupName", "theirs"), names: "table ipgroup"},
		"a parameter, all is accepted": {choice: all, since: param("MaxDigits", "30")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newQuirkyRig(t, "7.4.500", test.quirks...)
			asWanted(r.device)
			param("EnableSyslog", "0")(r.device) // another's, too; the operator sees that it waits
			plan := r.plan(test.choice)
			require.Equal(t, remediate.Change, plan.Verdict, "%+v", plan.Findings)
			require.Len(t, plan.Steps, 1)
			test.since(r.device)
			result := r.carryOut(t.Context(), plan, test.choice)
			if test.names == "" {
				require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
				return
			}
			require.Equal(t, remediate.Stale, result.Status, "%+v", result.Error)
			assert.Contains(t, result.Error.Message, "the save would keep what was changed since: "+test.names)
			for _, request := range r.device.Requests() {
				assert.Equal(t, http.MethodGet, request.Method)
			}
		})
	}
}
