package mockdevice_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// startRecorded is a device of 7.4.500 with a history.
func startRecorded(t *testing.T, set func(*mockdevice.Dialect)) *station {
	t.Helper()
	model := preset(t, "7.4.500")
	if set != nil {
		set(&model.Dialect)
	}
	s := start(t, model)
	s.device.Record()
	return s
}

// kinds are the kinds of the events after the first, with their authors.
func kinds(h mockdevice.History) []string {
	var list []string
	for _, event := range h[1:] {
		list = append(list, string(event.Kind)+" "+string(event.By))
	}
	return list
}

func rootItem(name string) mockdevice.Item { return mockdevice.RootItem(1, sha256Of(name)) }

func TestHistorySaysWhoChangedWhat(t *testing.T) {
	s := startRecorded(t, nil)
	require.Equal(t, 200, s.put(addPath, pemText("A")).status)
	s.device.OnRequest(func(n int, _ *http.Request) {
		if n == 2 {
			s.device.SetCell("ProxySet", 1, "ProxyName", "Other")
			s.device.SetParam("EnableSyslog", "0")
		}
	})
	require.Equal(t, 200, s.save().status)
	h := s.device.History()
	assert.Equal(t, []string{"change client", "change other", "change other", "save client"}, kinds(h))

	assert.Equal(t, mockdevice.EventStart, h[0].Kind)
	assert.NotContains(t, h[0].RAM, rootItem("A"))
	assert.Equal(t, "5740500", h[0].Unit)
	assert.Equal(t, 1, h[1].Request)
	assert.Equal(t, "/api/v1/"+addPath, h[1].Path)
	assert.Equal(t, []mockdevice.Change{{Item: rootItem("A"), After: "1", Exists: true}}, h[1].Changes)
	assert.Equal(t, 0, h[2].Request)
	assert.Equal(t, 2, h[2].Arrived)
	name := mockdevice.CellItem("ProxySet", 1, "ProxyName")
	assert.Equal(t, []mockdevice.Change{{Item: name, Before: "Teams", After: "Other", Existed: true, Exists: true}}, h[2].Changes)
	assert.Len(t, h[4].Changes, 3, "a save shows what flash took over")
	assert.Equal(t, h[4].RAM, h[4].Flash)
	assert.Equal(t, h[3].Flash, h[0].Flash)

	for item, author := range map[mockdevice.Item]mockdevice.Author{
		rootItem("A"): mockdevice.ByClient, name: mockdevice.ByOther, mockdevice.ParameterItem("EnableSyslog"): mockdevice.ByOther,
	} {
		cause, found := h.Cause(4, item)
		assert.True(t, found, item)
		assert.Equal(t, author, cause.By, item)
	}
	_, found := h.Cause(4, mockdevice.CellItem("ProxySet", 0, "ProxyName"))
	assert.False(t, found, "as it was at the start")
}

func TestHistoryOfASlowSave(t *testing.T) {
	s := startRecorded(t, func(d *mockdevice.Dialect) { d.SaveReads = 1 })
	s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
	require.Equal(t, 200, s.save().status)
	s.device.RemoveRoot(1, sha256Of("A"))
	s.get("status")
	h := s.device.History()
	assert.Equal(t, []string{"change other", "change other", "read client", "save client"}, kinds(h))
	assert.Equal(t, 1, h[4].Request, "the request that asked for the save")
	assert.Contains(t, h[4].Flash, rootItem("A"), "what RAM held when the save was asked for")
	assert.NotContains(t, h[4].RAM, rootItem("A"))
	cause, found := h.Cause(4, rootItem("A"))
	require.True(t, found)
	assert.True(t, cause.Changes[0].Exists, "the one that put it there, not the one that took it away since")
}

func TestHistoryOfWhatOthersDo(t *testing.T) {
	s := startRecorded(t, nil)
	s.device.SetRoots(1, mockdevice.SelfMadeRoot("A"))
	s.device.Save()
	s.device.DeleteRow("ProxyIp", 1)
	s.device.Reboot()
	s.get("files/ini")
	h := s.device.History()
	assert.Equal(t, []string{"change other", "save other", "change other", "restart device", "read client"}, kinds(h))
	assert.Len(t, h[1].Changes, 3, "two roots gone and one there")
	assert.Equal(t, []string{sha256Of("A")}, h[2].Flash.Roots(1))
	row := mockdevice.RowItem("ProxyIp", 1)
	assert.NotContains(t, h[3].RAM, row)
	assert.Contains(t, h[4].RAM, row, "the restart brought it back")
	assert.Equal(t, h[5].RAM, h[5].Shown)
	assert.Equal(t, 1, h[5].Request, "requests are counted on through a restart")
}

func TestHistoryOfAWriteThatChangesNothing(t *testing.T) {
	s := startRecorded(t, nil)
	require.Equal(t, 200, s.put(addPath, pemText("ITSP Example Root CA")).status)
	require.Equal(t, 400, s.put(addPath, "nothing").status)
	s.device.AddFault(mockdevice.Fault{Do: mockdevice.Ignore})
	require.Equal(t, 200, s.put(addPath, pemText("A")).status)
	h := s.device.History()
	assert.Equal(t, []string{"change client"}, kinds(h), "refused and ignored writes are none")
	assert.Empty(t, h[1].Changes)
}

func TestHistoryOnlyWhenRecorded(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
	assert.Nil(t, s.device.History())
	s.device.Record()
	s.device.Record()
	assert.Len(t, s.device.History(), 1)
}

// sha256Of is that of the self-made root of that name.
func sha256Of(name string) string {
	sum := sha256.Sum256(mockdevice.SelfMadeRoot(name))
	return hex.EncodeToString(sum[:])
}
