package mockdevice

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// getStatus answers with the fields of "REST API for Mediant Devices", LTRT-41761.
func (d *Device) getStatus(c call) answer {
	d.record(EventRead, c.actor(), d.ram)
	fields := d.statusFields(d.shownFlag(c))
	if d.saving != nil {
		d.finishSave()
	}
	return jsonAnswer(fields)
}

func (d *Device) statusFields(saveNeeded bool) map[string]any {
	fields := map[string]any{"versionID": d.model.Firmware, "saveNeeded": d.flag(saveNeeded)}
	selection := d.model.Dialect.StatusFields
	if selection == StatusNoUnit {
		return fields
	}
	if selection != StatusNoSerial {
		fields["serialNumber"] = d.serialNumber()
	}
	if selection == StatusBare {
		return fields
	}
	maps.Copy(fields, map[string]any{
		"localTimeStamp":   d.model.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"ipAddress":        d.model.Address,
		"subnetMask":       d.model.Mask,
		"defaultGateway":   d.model.Gateway,
		"productType":      d.model.Product,
		"protocolType":     "SIP",
		"operationalState": "UNLOCKED",
		"highAvailability": d.model.HighAvailability,
		"macAddress":       d.model.MAC,
		"systemUpTime":     d.model.Now().Sub(d.booted) / (10 * time.Millisecond),
		"resetNeeded":      d.flag(false),
		"upgradeStatus":    "",
	})
	if selection == StatusExtra {
		maps.Copy(fields, map[string]any{
			"osType": "linux", "acceleratedNetworking": map[string]any{"eth0": false}, "licenses": []string{},
		})
	}
	return fields
}

func (d *Device) flag(set bool) any {
	if d.model.Dialect.FlagsAsStrings {
		return strconv.FormatBool(set)
	}
	return set
}

func (d *Device) serialNumber() any {
	if number, err := strconv.ParseUint(d.model.Serial, 10, 64); err == nil && d.model.Dialect.SerialAsNumber {
		return number
	}
	return d.model.Serial
}

// finishSave counts down the readings until a slow save is in flash.
func (d *Device) finishSave() {
	if d.saveLeft--; d.saveLeft <= 0 {
		d.store(d.saving, d.saver)
	}
}

// postSave copies RAM to flash (LTRT-41761). Some devices refuse a request without an explicit length.
func (d *Device) postSave(c call) answer {
	if refusal := d.refuseSave(c); refusal != "" {
		return d.failure(http.StatusBadRequest, refusal)
	}
	dialect := d.model.Dialect
	restarts := dialect.SaveRestart != SaveRestartNever
	saves := dialect.SaveRestart == SaveRestartAfter || dialect.SaveStatus == 0 && !restarts
	if saves {
		d.save(c)
	}
	if restarts {
		d.reboot(actor{author: ByDevice})
	}
	a := d.saveAnswer()
	a.done, a.hangUp = saves, restarts
	return a
}

// refuseSave says what is wrong with the body of a save (A48): it must be empty, or a JSON object
// without keys that is announced as JSON, as some clients send it.
func (d *Device) refuseSave(c call) string {
	length := strings.TrimSpace(c.request.Header.Get("Content-Length"))
	kind, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	var object map[string]any
	switch {
	case length == "0":
		return ""
	case d.model.Dialect.SaveEmptyOnly:
		return "Content-Length must be 0"
	case length == "":
		return "Content-Length is missing"
	case kind != jsonType || json.Unmarshal(c.body, &object) != nil || object == nil || len(object) > 0:
		return "Content-Length must be 0"
	}
	return ""
}

func (d *Device) save(c call) {
	dialect := d.model.Dialect
	if d.saveLeft = dialect.SaveReads; d.saveLeft > 0 && dialect.SaveRestart == SaveRestartNever {
		d.saving, d.saver = d.ram, c.actor()
		return
	}
	d.store(d.ram, c.actor())
}

func (d *Device) saveAnswer() answer {
	status := d.model.Dialect.SaveStatus
	switch {
	case status != 0 && status != http.StatusOK:
		return d.statusAnswer(status, "")
	case d.model.Dialect.SaveAnswersJSON:
		return jsonAnswer(description("Configuration was saved"))
	}
	return answer{status: http.StatusOK}
}

// postReset restarts the device. A careful client never asks for it.
func (d *Device) postReset(c call) answer {
	d.reboot(c.actor())
	return answer{status: http.StatusOK, done: true, hangUp: true}
}
