package bugreport

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/checks/doctor"
)

const readme = `Bug report of acfix

What acfix saw on one device, without anything that identifies the device, its owner or its
users. Addresses, host names, names of table rows, user names, secrets, telephone and
serial numbers and every text that a person typed are replaced, each by the same
replacement in all files. Names of sections, tables, columns and parameters, small
numbers, the firmware version, Microsoft's own host names and the word Teams remain.

doctor.json         the report: each numbered assumption, whether it holds, what was seen
answers.json        each answer: status, framing, timing, harmless headers
status.json         GET /status
configuration.ini   GET /files/ini
certificates.json   SHA-256, key and validity of each certificate; the names of the required roots

Review it before you share it: it is your configuration.
`

// Archive makes a bug report as a ZIP file, without times: the same report gives the same file.
func Archive(o doctor.Observations, report doctor.Examination) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, file := range Files(o, report) {
		w, err := archive.Create(file.Name)
		if err != nil {
			return nil, fmt.Errorf("make the bug report: %s: %w", file.Name, err)
		}
		if _, err := w.Write(file.Data); err != nil {
			return nil, fmt.Errorf("make the bug report: %s: %w", file.Name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("make the bug report: %w", err)
	}
	return out.Bytes(), nil
}

// ArchiveFile is one file of the archive.
type ArchiveFile struct {
	Name string
	Data []byte
}

// Files returns the archive's files, with everything private replaced.
func Files(o doctor.Observations, report doctor.Examination) []ArchiveFile {
	originals := [][]byte{[]byte(report.Target), []byte(o.URL)}
	for _, seen := range o.All() {
		originals = append(originals, seen.Body)
	}
	p := newPseudonyms(originals...)
	status, configuration := p.status(o.Status.Body), p.configuration(o.Configuration.Body)
	answers := []answer{}
	for _, seen := range o.All() {
		answers = append(answers, answerOf(seen))
	}
	return []ArchiveFile{
		{"README.txt", []byte(readme)},
		{"doctor.json", document(p.report(report))},
		{"answers.json", document(answers)},
		{"status.json", status},
		{"configuration.ini", configuration},
		{"certificates.json", document(stores(o))},
	}
}

// report replaces everything that names the device. The checks' results are only structure (package doctor).
func (p *pseudonyms) report(report doctor.Examination) doctor.Examination {
	report.Target, report.URL = p.target(report.Target), p.target(report.URL)
	report.Device.Serial = p.identity(report.Device.Serial)
	if !isBoard(report.Device.Product) {
		report.Device.Product = p.identity(report.Device.Product)
	}
	if !isFirmware(report.Device.Firmware) {
		report.Device.Firmware, report.Device.Release = p.identity(report.Device.Firmware), ""
	}
	var offered []string
	for _, scheme := range report.Connection.Offered {
		offered = append(offered, challengeForm(scheme))
	}
	report.Connection.Offered = append([]string{}, offered...)
	problems := []string{}
	for _, problem := range report.Problems {
		what, _, _ := strings.Cut(problem, ":") // the rest may quote the configuration
		problems = append(problems, what)
	}
	report.Problems = problems
	return report
}
