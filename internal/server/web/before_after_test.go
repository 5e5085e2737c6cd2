package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/remediate"
)

// TestBeforeAndAfterIsOnThePagesOfRunAndDevice as it is stored, and nothing that a device wrote is markup.
func TestBeforeAndAfterIsOnThePagesOfRunAndDevice(t *testing.T) {
	t.Parallel()
	data := fleetShelf()
	said := []string{"Teams Proxy Set: no alarm before, no alarm after", `Teams IP Group (before → after the soak): <b>x</b>: 76 → 76`}
	device := deviceOf("https://192.0.2.1", "sbc-1")
	device.Result = &remediate.DeviceResult{Target: device.Target, URL: device.URL, Status: remediate.Applied, BeforeAfter: &remediate.BeforeAfter{Text: said}}
	data.run.Head.Action, data.run.Head.State = "apply", "done"
	data.detail[0] = device
	shown := data.devices[device.URL]
	shown.Head, shown.Device = data.run.Head, device
	data.devices[device.URL] = shown
	s := newSite(t, data, false)
	for _, page := range []string{"/runs/" + data.run.Head.ID, "/device?url=https%3A%2F%2F192.0.2.1"} {
		answer := s.get(page)
		require.Equal(t, http.StatusOK, answer.Code)
		text := readable(answer)
		assert.Contains(t, text, said[0], page)
		assert.Contains(t, text, "&lt;b&gt;x&lt;/b&gt;: 76 → 76", page)
	}
	data.detail[0].Result.BeforeAfter = nil
	assert.NotContains(t, readable(s.get("/runs/"+data.run.Head.ID)), "Teams Proxy Set")
}

func readable(answer *httptest.ResponseRecorder) string {
	return strings.Join(strings.Fields(answer.Body.String()), " ")
}
