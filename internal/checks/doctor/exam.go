package doctor

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// exam has the observations, parsed as far as possible.
type exam struct {
	o        Observations
	fields   map[string]json.RawMessage // of the status
	firmware *audiocodes.Firmware       // nil if it can't be read
	file     *ini.File                  // nil if it can't be parsed
	problems []string
}

func newExam(o Observations) *exam {
	e := &exam{o: o}
	if json.Unmarshal(o.Status.Body, &e.fields) != nil {
		e.problems = append(e.problems, "the status is not a JSON object")
	}
	if firmware, err := audiocodes.ParseFirmware(e.field("versionID")); err == nil {
		e.firmware = &firmware
	} else {
		e.problems = append(e.problems, "the firmware version can't be read")
	}
	file, err := ini.Parse(o.Configuration.Body)
	if err != nil {
		e.problems = append(e.problems, "the configuration can't be parsed: "+err.Error())
		return e
	}
	e.file = file
	return e
}

// outcome is the result of a check.
type outcome struct {
	result AssumptionResult
	seen   string
}

func holds(format string, arguments ...any) outcome {
	return outcome{Holds, fmt.Sprintf(format, arguments...)}
}

func broken(format string, arguments ...any) outcome {
	return outcome{DoesNotHold, fmt.Sprintf(format, arguments...)}
}

func unknown(format string, arguments ...any) outcome {
	return outcome{Unknown, fmt.Sprintf(format, arguments...)}
}

// either returns holds, or broken if anything contradicts the assumption.
func either(against []string, held string) outcome {
	if len(against) == 0 {
		return holds("%s", held)
	}
	slices.Sort(against)
	return broken("%s", strings.Join(slices.Compact(against), "; "))
}

// field returns a string or number of the status.
func (e *exam) field(name string) string {
	var text string
	if json.Unmarshal(e.fields[name], &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(e.fields[name], &number) == nil {
		return number.String()
	}
	return ""
}

// line returns the firmware line, such as "7.2"; "" if the firmware can't be read.
func (e *exam) line() string {
	if e.firmware == nil {
		return ""
	}
	return fmt.Sprintf("%d.%d", e.firmware.Major, e.firmware.Minor/10)
}

// rows returns the rows of a table as far as they can be read.
func (e *exam) rows(table string) []ini.Row {
	if e.file == nil {
		return nil
	}
	rows, _ := e.file.Table(table).Rows()
	return rows
}

// eachCell calls look for every cell of every table that can be read.
func (e *exam) eachCell(look func(table *ini.Table, row ini.Row, column string, cell ini.Cell)) {
	if e.file == nil {
		return
	}
	for _, table := range e.file.Tables() {
		rows, _ := table.Rows()
		for _, row := range rows {
			for column, cell := range row.Cells {
				look(table, row, column, cell)
			}
		}
	}
}

var (
	sectionLine = regexp.MustCompile(`(?m)^\s*\[[^\]\r\n]+\]`)
	formatLine  = regexp.MustCompile(`(?mi)^\s*FORMAT\s+(\S+)\s*=\s*([^\r\n;]*);`)
)

// schemes returns the names of the schemes that challenges offer, each once.
func schemes(challenges []string) []string {
	names := []string{}
	for _, challenge := range challenges {
		name, _, _ := strings.Cut(strings.TrimSpace(challenge), " ")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// KeyType names a certificate's key: "RSA 2048", "ECDSA P-256".
func KeyType(certificate *x509.Certificate) string {
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	default:
		return certificate.PublicKeyAlgorithm.String()
	}
}

// certificateOf returns the first certificate of a PEM file; nil if there is none.
func certificateOf(text []byte) *x509.Certificate {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return certificate
}
