package audiocodes

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Status is the answer to GET /status (LTRT-41761, "Device Status"). Any field may be absent; others are ignored.
type Status struct {
	Product  string // productType: "Mediant VE SBC"
	Firmware string // versionID as sent: "7.40A.500.357"
	Serial   string // of the active unit: after an HA switch-over it is the other one's
	MAC      string // of the active unit: lower-case hex without separators; "" if not reported
	// UpTime is the active unit's, if KnowsUpTime. A restart, and perhaps a switch-over, resets it.
	UpTime           time.Duration
	KnowsUpTime      bool
	OperationalState string
	HighAvailability string
	LocalTime        string
	SaveNeeded       Answer // changes wait in RAM that flash does not have
	ResetNeeded      Answer

	Raw []byte // the answer's bytes as received, only for the backup: they may quote the client's credentials
}

// Ready reports false while the device says that its HA pair synchronises, during which it refuses changes. The only
// documented words are "Operational" and "Not Operational" (no partner; LTRT-41761, "Device Status"). Other words do
// not mean waiting: a device that is not ready also answers writes with 409.
func (s Status) Ready() bool {
	return !strings.Contains(strings.ToLower(s.HighAvailability), "synchroni")
}

// Answer is yes, no, or unknown.
type Answer string

// The three answers. The zero value is Unknown: unknown is never "no".
const (
	Unknown Answer = ""
	Yes     Answer = "yes"
	No      Answer = "no"
)

const statusLimit = 1 << 20

// Status reads the device's status.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var status Status
	err := c.get(ctx, call{
		operation: "read the status", path: "/status", timeout: c.options.Timeout, limit: statusLimit,
		decode: func(answer reply) (err error) { status, err = decodeStatus([]byte(answer.body)); return err },
	})
	if err != nil {
		return Status{}, err
	}
	c.secrets.status(&status)
	return status, nil
}

// ParseStatus reads a device's status from the bytes of its answer, as a backup keeps them.
func ParseStatus(raw []byte) (Status, error) { return decodeStatus(raw) }

func decodeStatus(body []byte) (Status, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return Status{}, errors.New("it is not a JSON object")
	}
	status := Status{
		Product:          text(fields["productType"]),
		Firmware:         text(fields["versionID"]),
		Serial:           text(fields["serialNumber"]),
		MAC:              macAddress(text(fields["macAddress"])),
		OperationalState: text(fields["operationalState"]),
		HighAvailability: text(fields["highAvailability"]),
		LocalTime:        text(fields["localTimeStamp"]),
		SaveNeeded:       yesNo(fields["saveNeeded"]),
		ResetNeeded:      yesNo(fields["resetNeeded"]),
		Raw:              body,
	}
	status.UpTime, status.KnowsUpTime = upTime(text(fields["systemUpTime"]))
	if status.Product == "" && status.Firmware == "" && status.Serial == "" {
		return Status{}, errors.New("it has none of the fields of a device's status")
	}
	return status, nil
}

// text reads a string, or a number that should have been one.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return strings.TrimSpace(s)
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// separators stand between the digits of an address.
var separators = strings.NewReplacer(":", "", "-", "", ".", "", " ", "")

// macAddress returns the digits of an address in any notation; "" for anything else, all zeros or all ones.
func macAddress(address string) string {
	plain := separators.Replace(strings.ToLower(address))
	raw, err := hex.DecodeString(plain)
	if err != nil || len(raw) != 6 || strings.Trim(plain, "0") == "" || strings.Trim(plain, "f") == "" {
		return ""
	}
	return plain
}

// upTime reads hundredths of a second (LTRT-41761, "Device Status").
func upTime(hundredths string) (upTime time.Duration, known bool) {
	n, err := strconv.ParseInt(hundredths, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/int64(10*time.Millisecond) {
		return 0, false
	}
	return time.Duration(n) * 10 * time.Millisecond, true
}

// yesNo reads a value that is documented as "true" or "false" and that captures show as a JSON boolean.
func yesNo(raw json.RawMessage) Answer {
	switch strings.ToLower(strings.Trim(string(raw), `" `)) {
	case "true":
		return Yes
	case "false":
		return No
	default:
		return Unknown
	}
}
