package mockdevice

import (
	"fmt"
	"net/http"
	"strings"
)

func (d *Device) getCLI(call) answer {
	return answer{status: http.StatusOK, kind: binaryType, body: []byte(d.runningConfig()), done: true}
}

// putCLI restarts the device with its saved configuration and ignores the script. A careful client never asks for it.
func (d *Device) putCLI(c call) answer {
	if _, err := filePart(c.request, c.body); err != nil {
		return d.failure(http.StatusBadRequest, err.Error())
	}
	d.reboot(c.actor())
	a := jsonAnswer(description("CLI Script file was loaded."))
	a.hangUp = true
	return a
}

// putIncrementalCLI runs show commands. It answers others with 200 and "Invalid command", and changes nothing.
func (d *Device) putIncrementalCLI(c call) answer {
	file, err := filePart(c.request, c.body)
	if err != nil {
		return d.failure(http.StatusBadRequest, err.Error())
	}
	if d.model.Dialect.CLIChecksum && !strings.Contains(string(file), "checksum") {
		return d.failure(http.StatusBadRequest, "CLI Script file has no checksum")
	}
	var output strings.Builder
	for _, command := range strings.Split(string(file), "\n") {
		if command = strings.TrimSpace(command); command != "" {
			output.WriteString(d.runCommand(command))
		}
	}
	text := output.String()
	if d.model.Dialect.CLILineEnd == CLICRLF {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return jsonAnswer(map[string]string{"description": "Incremental CLI Script file was loaded.", "output": text})
}

func (d *Device) runCommand(command string) string {
	answers := map[string]func() string{
		"show system version":         d.showVersion,
		"show running-config":         d.runningConfig,
		"show voip proxy sets status": d.showProxySets,
	}
	if show := answers[strings.Join(strings.Fields(command), " ")]; show != nil {
		return "# " + command + "\n" + show()
	}
	return "# " + command + "\nInvalid command\n"
}

func (d *Device) showVersion() string {
	return fmt.Sprintf(";Board: %s\n;Serial Number: %s\n;Software Version: %s\n", d.model.Product, d.model.Serial,
		d.model.Firmware)
}

func (d *Device) runningConfig() string {
	out := fmt.Sprintf("## Software version: %s\n\nconfigure network\n", d.model.Firmware)
	if t := d.ram.table(tlsContexts); t != nil {
		for _, row := range t.Rows {
			out += fmt.Sprintf(" tls %d\n  name %q\n  activate\n exit\n", row.Index, t.value(row, "Name"))
		}
	}
	return out + "exit\n"
}

// showProxySets shows every address as online.
func (d *Device) showProxySets() string {
	out := "ID  NAME  MODE  KEEP ALIVE  ADDRESS  PRIORITY  WEIGHT  SUCCESS COUNT  FAILURE COUNT  STATUS\n"
	sets, addresses := d.ram.table("ProxySet"), d.ram.table("ProxyIp")
	if sets == nil || addresses == nil {
		return out
	}
	for _, set := range sets.Rows {
		out += fmt.Sprintf("%d  %s  Parking  Enabled  ONLINE\n", set.Index, sets.value(set, "ProxyName"))
		for _, address := range addresses.Rows {
			if addresses.value(address, "ProxySetId") == fmt.Sprint(set.Index) {
				out += fmt.Sprintf("  %s  %s  %s  1  0  ONLINE\n", addresses.value(address, "IpAddress"),
					addresses.value(address, "Priority"), addresses.value(address, "Weight"))
			}
		}
	}
	return out
}

// value returns a cell of a row by column name, or "".
func (t *Table) value(row Row, column string) string {
	if c := t.column(column); c >= 0 {
		return t.Columns[c].read(row.Cells[c])
	}
	return ""
}
