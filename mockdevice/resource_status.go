package mockdevice

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// getStatus answers with the fields of "REST API for Mediant Devices", LTRT-41761.
func (d *Device) getStatus(c call) answer {
	d.record(EventRead, c.actor(), d.ram)
	fields := map[string]any{
		"versionID":    d.model.Firmware,
		"serialNumber": d.serialNumber(),
		"saveNeeded":   d.flag(d.saveNeeded()),
	}
	if d.saving != nil {
		d.finishSave()
	}
	if d.model.Dialect.StatusFields == StatusBare {
		return jsonAnswer(fields)
	}
	for name, value := range map[string]any{
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
	} {
		fields[name] = value
	}
	if d.model.Dialect.StatusFields == StatusExtra {
		fields["osType"] = "linux"
		fields["acceleratedNetworking"] = map[string]any{"eth0": false}
		fields["licenses"] = []string{}
	}
	return jsonAnswer(fields)
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

// finishSave counts down to the moment in which a slow save is in flash.
func (d *Device) finishSave() {
	if d.saveLeft--; d.saveLeft <= 0 {
		d.store(d.saving, d.saver)
	}
}

// postSave copies RAM to flash ("REST API for Mediant Devices", LTRT-41761). Some devices
// refuse the request without an explicit length.
func (d *Device) postSave(c call) answer {
	if strings.TrimSpace(c.request.Header.Get("Content-Length")) != "0" {
		return d.failure(http.StatusBadRequest, "Content-Length must be 0")
	}
	if d.saveLeft = d.model.Dialect.SaveReads; d.saveLeft > 0 {
		d.saving, d.saver = d.ram, c.actor()
	} else {
		d.store(d.ram, c.actor())
	}
	if d.model.Dialect.SaveAnswersJSON {
		return jsonAnswer(description("Configuration was saved"))
	}
	return answer{status: http.StatusOK, done: true}
}

// postReset restarts the device. No careful client ever asks for it.
func (d *Device) postReset(c call) answer {
	d.reboot(c.actor())
	return answer{status: http.StatusOK, done: true, hangUp: true}
}
