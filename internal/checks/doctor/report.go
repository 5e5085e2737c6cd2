package doctor

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"time"

	"github.com/acfix/acfix/audiocodes"
)

// Schema is the value of the document's first key.
const Schema = "acfix.doctor/v1"

// AssumptionResult is the result of the check of one assumption.
type AssumptionResult string

// The results. An assumption that can't be checked by reading is Unknown, never Holds.
const (
	Holds       AssumptionResult = "holds"
	DoesNotHold AssumptionResult = "does_not_hold"
	Unknown     AssumptionResult = "unknown"
)

// Examination is the document of "acfix doctor".
type Examination struct {
	Schema     string                   `json:"schema"`
	Examined   string                   `json:"examined"` // RFC 3339
	Acfix      string                   `json:"acfix"`    // version
	Target     string                   `json:"target"`
	URL        string                   `json:"url"`
	Device     DeviceIdentity           `json:"device"`
	Connection Connection               `json:"connection"`
	Checks     []AssumptionCheck        `json:"checks"`
	Problems   []string                 `json:"problems"` // what prevented checks
	Requests   []RequestTrace           `json:"requests"`
	Summary    map[AssumptionResult]int `json:"summary"`
}

// DeviceIdentity identifies the device that answered.
type DeviceIdentity struct {
	Product  string `json:"product"`
	Serial   string `json:"serial"`
	Firmware string `json:"firmware"` // as the device writes it
	Release  string `json:"release"`  // as people write it; "" if it can't be read
}

// Connection describes the connection to the management interface.
type Connection struct {
	TLSVersion     string   `json:"tls_version"` // "" over HTTP
	CipherSuite    string   `json:"cipher_suite"`
	Certificate    string   `json:"certificate"` // SHA-256 of the presented one
	KeyType        string   `json:"key_type"`
	NotAfter       string   `json:"not_after"` // RFC 3339
	Authentication string   `json:"authentication"`
	Offered        []string `json:"offered"` // schemes of authentication
}

// AssumptionCheck is one assumption with its result.
type AssumptionCheck struct {
	Number int              `json:"number"` // as in mockdevice/ASSUMPTIONS.md
	Title  string           `json:"title"`
	Result AssumptionResult `json:"result"`
	Seen   string           `json:"seen"`
	Source string           `json:"source"` // of the assumption
}

// RequestTrace is one answer, without its content.
type RequestTrace struct {
	Path        string             `json:"path"`
	Status      int                `json:"status"`
	Bytes       int                `json:"bytes"`
	Framing     audiocodes.Framing `json:"framing"`
	Reused      bool               `json:"reused"`
	FirstByteMS int64              `json:"first_byte_ms"`
	TookMS      int64              `json:"took_ms"`
}

// Examine makes every check of the table. It is pure. The caller fills in Acfix and Target.
func Examine(o Observations) Examination {
	e := newExam(o)
	report := Examination{
		Schema: Schema, Examined: o.At.UTC().Format(time.RFC3339), URL: o.URL,
		Device: e.identity(), Connection: e.connection(),
		Checks: []AssumptionCheck{}, Problems: []string{}, Requests: []RequestTrace{},
		Summary: map[AssumptionResult]int{Holds: 0, DoesNotHold: 0, Unknown: 0},
	}
	for _, problem := range e.problems {
		report.Problems = append(report.Problems, o.Status.Shown(problem))
	}
	for _, row := range table {
		outcome := row.look(e)
		report.Checks = append(report.Checks, AssumptionCheck{
			Number: row.number, Title: row.title, Result: outcome.result,
			Seen: o.Status.Shown(outcome.seen), Source: row.source,
		})
		report.Summary[outcome.result]++
	}
	for _, seen := range o.All() {
		report.Requests = append(report.Requests, RequestTrace{
			Path: seen.Path, Status: seen.Status, Bytes: len(seen.Body), Framing: seen.Framing, Reused: seen.Reused,
			FirstByteMS: seen.FirstByte.Milliseconds(), TookMS: seen.Took.Milliseconds(),
		})
	}
	return report
}

func (e *exam) identity() DeviceIdentity {
	shown := e.o.Status.Shown
	identity := DeviceIdentity{
		Product: shown(e.field("productType")), Serial: shown(e.field("serialNumber")),
		Firmware: shown(e.field("versionID")),
	}
	if e.firmware != nil {
		identity.Release = e.firmware.Release()
	}
	return identity
}

func (e *exam) connection() Connection {
	connection := Connection{Authentication: e.o.Status.Scheme, Offered: schemes(e.o.Challenge.Challenges)}
	state := e.o.Status.TLS
	if state == nil {
		return connection
	}
	connection.TLSVersion = tls.VersionName(state.Version)
	connection.CipherSuite = tls.CipherSuiteName(state.CipherSuite)
	if len(state.PeerCertificates) > 0 {
		leaf := state.PeerCertificates[0]
		sum := sha256.Sum256(leaf.Raw)
		connection.Certificate, connection.KeyType = hex.EncodeToString(sum[:]), KeyType(leaf)
		connection.NotAfter = leaf.NotAfter.UTC().Format(time.RFC3339)
	}
	return connection
}
