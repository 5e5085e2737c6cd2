package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/records/known"
)

// DevicesSchema stands in the first key of a list of devices.
const DevicesSchema = "acfix.devices/v1"

// knownDevice is a device in the documented JSON; an unknown value is null or empty.
type knownDevice struct {
	Name      string   `json:"name"`
	URL       string   `json:"url"`
	Addresses []string `json:"addresses"` // the present one first
	Serial    string   `json:"serial"`
	Firmware  string   `json:"firmware"`
	Inventory string   `json:"inventory"`
	Listed    bool     `json:"listed"`
	Verdict   string   `json:"verdict"` // of the last reading
	Read      *string  `json:"read"`    // RFC 3339, as all times
	ReadRun   string   `json:"read_run"`
	Missing   *int     `json:"missing"`
	Result    string   `json:"result"` // of the last run
	Ended     *string  `json:"ended"`
	ResultRun string   `json:"result_run"`
}

// DevicesJSON writes devices in the order given.
func DevicesJSON(w io.Writer, devices []known.Device) error {
	list := []knownDevice{}
	for _, d := range devices {
		one := knownDevice{
			Name: d.Name, URL: d.URL, Addresses: d.Addresses, Serial: d.Serial, Firmware: d.Firmware,
			Inventory: d.Inventory, Listed: d.Listed, Verdict: d.Verdict, Read: moments(d.Read), ReadRun: d.ReadRun,
			Result: d.Result, Ended: moments(d.Ended), ResultRun: d.ResultRun,
		}
		if d.Missing >= 0 {
			one.Missing = &d.Missing
		}
		list = append(list, one)
	}
	return WriteDocument(w, struct {
		Schema  string        `json:"schema"`
		Devices []knownDevice `json:"devices"`
	}{DevicesSchema, list})
}

// deviceColumns are the columns of DevicesCSV. New ones go to the end; none may be removed.
var deviceColumns = []struct {
	name  string
	value func(known.Device) string
}{
	{"name", func(d known.Device) string { return d.Name }},
	{"url", func(d known.Device) string { return d.URL }},
	{"addresses", func(d known.Device) string { return strings.Join(d.Addresses, " ") }},
	{"serial", func(d known.Device) string { return d.Serial }},
	{"firmware", func(d known.Device) string { return d.Firmware }},
	{"inventory", func(d known.Device) string { return d.Inventory }},
	{"listed", func(d known.Device) string { return strconv.FormatBool(d.Listed) }},
	{"verdict", func(d known.Device) string { return d.Verdict }},
	{"read", func(d known.Device) string { return moment.Text(d.Read) }},
	{"read_run", func(d known.Device) string { return d.ReadRun }},
	{"missing", missingCell},
	{"result", func(d known.Device) string { return d.Result }},
	{"ended", func(d known.Device) string { return moment.Text(d.Ended) }},
	{"result_run", func(d known.Device) string { return d.ResultRun }},
}

func missingCell(d known.Device) string {
	if d.Missing < 0 {
		return ""
	}
	return strconv.Itoa(d.Missing)
}

// DevicesCSV writes a header and a line a device, as RunCSV does.
func DevicesCSV(w io.Writer, devices []known.Device) error {
	table := csv.NewWriter(w)
	table.UseCRLF = true
	line := make([]string, len(deviceColumns))
	for i, column := range deviceColumns {
		line[i] = column.name
	}
	if err := table.Write(line); err != nil {
		return err
	}
	for _, d := range devices {
		for i, column := range deviceColumns {
			line[i] = foreign.Cell(column.value(d))
		}
		if err := table.Write(line); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

// Devices writes two lines a device: its last reading, and its last run.
func Devices(w io.Writer, devices []known.Device, style Style) error {
	p := newPrinter(w, style)
	if len(devices) == 0 {
		p.line("No devices.")
	}
	for _, d := range devices {
		p.knownDevice(d)
	}
	return p.flush()
}

func (p *printer) knownDevice(d known.Device) {
	p.text.WriteString(p.style.paint(bold, foreign.Clean(d.Name)))
	if d.Name != d.URL {
		p.text.WriteString("  " + foreign.Clean(d.URL))
	}
	if d.Serial != "" {
		p.text.WriteString("  serial number " + foreign.Clean(d.Serial))
	}
	if !d.Listed {
		p.text.WriteString("  (in no inventory of the jobs)")
	}
	p.text.WriteString("\n")
	if d.Read.IsZero() {
		p.line("  never read")
	} else {
		p.line("  %s when last read, %s, run %s", Spaced(d.Verdict), moment.Text(d.Read), d.ReadRun)
	}
	if d.Result != "" {
		p.line("  last run: %s, %s, run %s", Spaced(d.Result), moment.Text(d.Ended), d.ResultRun)
	}
	for _, address := range d.Addresses[min(1, len(d.Addresses)):] {
		p.line("  before at %s", address)
	}
}
