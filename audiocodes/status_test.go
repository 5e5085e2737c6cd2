package audiocodes

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecodeStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		want       Status
	}{
		{
			"documented, flags as booleans",
			`{"localTimeStamp":"2026-11-22T03:00:00.000Z","productType":"Mediant VE SBC","versionID":"7.40A.500.357","operationalState":"UNLOCKED","highAvailability":"Operational","serialNumber":"123","systemUpTime":99,"saveNeeded":true,"resetNeeded":false}`,
			Status{Product: "Mediant VE SBC", Firmware: "7.40A.500.357", Serial: "123", OperationalState: "UNLOCKED", HighAvailability: "Operational", LocalTime: "2026-11-22T03:00:00.000Z", UpTime: 990 * time.Millisecond, KnowsUpTime: true, SaveNeeded: Yes, ResetNeeded: No},
		},
		{"flags as strings", `{"versionID":"7.40A.500.357","saveNeeded":"false","resetNeeded":"true"}`, Status{Firmware: "7.40A.500.357", SaveNeeded: No, ResetNeeded: Yes}},
		{"flags as strings in capitals", `{"versionID":"v","saveNeeded":"True","resetNeeded":" FALSE "}`, Status{Firmware: "v", SaveNeeded: Yes, ResetNeeded: No}},
		{"flags that say nothing", `{"versionID":"v","saveNeeded":null,"resetNeeded":""}`, Status{Firmware: "v"}},
		{"flags of other types", `{"versionID":"v","saveNeeded":0,"resetNeeded":[false]}`, Status{Firmware: "v"}},
		{"flags of other words", `{"versionID":"v","saveNeeded":"no","resetNeeded":"1"}`, Status{Firmware: "v"}},
		{"serial as a number", `{"serialNumber":239871234567890}`, Status{Serial: "239871234567890"}},
		{"serial beyond 64 bits", `{"serialNumber":123456789012345678901234567890}`, Status{Serial: "123456789012345678901234567890"}},
		{"MAC address with colons", `{"versionID":"v","macAddress":"00:90:8F:0a:0b:0c"}`, Status{Firmware: "v", MAC: "00908f0a0b0c"}},
		{"MAC address without", `{"versionID":"v","macAddress":"00908F0a0b0c"}`, Status{Firmware: "v", MAC: "00908f0a0b0c"}},
		{"a MAC address of nothing", `{"versionID":"v","macAddress":"00:00:00:00:00:00"}`, Status{Firmware: "v"}},
		{"no MAC address", `{"versionID":"v","macAddress":"unknown"}`, Status{Firmware: "v"}},
		{"up time as a string", `{"versionID":"v","systemUpTime":"250"}`, Status{Firmware: "v", UpTime: 2500 * time.Millisecond, KnowsUpTime: true}},
		{"up time of a moment", `{"versionID":"v","systemUpTime":0}`, Status{Firmware: "v", KnowsUpTime: true}},
		{"up time that is none", `{"versionID":"v","systemUpTime":-7}`, Status{Firmware: "v"}},
		{"up time beyond reason", `{"versionID":"v","systemUpTime":99999999999999999999}`, Status{Firmware: "v"}},
		{"missing fields", `{"productType":"Mediant SW"}`, Status{Product: "Mediant SW"}},
		{"extra fields", `{"versionID":"v","osType":"Linux","acceleratedNetworking":{"a":[1]}}`, Status{Firmware: "v"}},
		{"space around", " {\"versionID\":\" v \"} \r\n", Status{Firmware: "v"}},
		{"fields of other types", `{"versionID":"v","productType":["a"],"serialNumber":{},"operationalState":true,"localTimeStamp":null}`, Status{Firmware: "v"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := decodeStatus([]byte(test.body))
			require.NoError(t, err)
			test.want.Raw = []byte(test.body)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestDecodeStatusRefusesWhatIsNoStatus(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", " ", "null", "true", "7", `"text"`, "[]", `[{"versionID":"v"}]`, "{", `{"versionID":`, "{}", `{"description":"ok"}`,
		`{"versionID":"","serialNumber":" ","productType":null}`, `{"versionID":"v"}x`, "\x00\xff", strings.Repeat("[", 20000),
	} {
		_, err := decodeStatus([]byte(body))
		assert.Error(t, err, "%.40q", body)
	}
}

func FuzzDecodeStatus(f *testing.F) {
	f.Add([]byte(`{"versionID":"7.40A.500.357","serialNumber":1,"saveNeeded":"true","resetNeeded":false}`))
	f.Add([]byte(`{"productType":"Mediant SW","saveNeeded":null}`))
	f.Add([]byte(`[1,{"a":"\ud800"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		status, err := decodeStatus(body)
		if err != nil {
			assert.Equal(t, Status{}, status)
			return
		}
		assert.True(t, json.Valid(body))
		assert.Equal(t, body, status.Raw)
		assert.NotEmpty(t, status.Product+status.Firmware+status.Serial)
		for _, flag := range []Answer{status.SaveNeeded, status.ResetNeeded} {
			assert.Contains(t, []Answer{Yes, No, Unknown}, flag)
		}
		if status.SaveNeeded == No {
			assert.Contains(t, strings.ToLower(string(body)), "false", "no is never guessed")
		}
	})
}

func TestReady(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]bool{
		"": true, "Operational": true, "Not Operational": true, "anything else": true,
		"Synchronizing": false, "synchronising (42%)": false,
	} {
		assert.Equal(t, want, Status{HighAvailability: state}.Ready(), state)
	}
}
