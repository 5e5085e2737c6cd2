package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
)

// request is one request to a device.
type request struct {
	Method      string `json:"method"`
	Path        string `json:"path"` // with query
	ContentType string `json:"content_type,omitempty"`
	Body        []byte `json:"body,omitempty"`
}

// step is a request of the yardstick.
type step struct {
	method, path string
	reason       string
	upload       string // file of the upload, by the name in [uploads]; "" for an empty body
}

// preset is the device that the yardstick repairs: it has TLS Contexts 0 and 1, the second of them for Teams, with the
// switch for the bundle off, and its bundle lacks two of the roots.
const preset = "7.4.500"

// The paths of the steps.
const (
	status       = "/api/v1/status"
	ini          = "/api/v1/files/ini"
	loadINI      = "/api/v1/files/ini/incremental"
	stores       = "/api/v1/files/tls/%d/trustedRoot"
	certificates = "/api/v1/files/tls/%d/certificate"
	save         = "/api/v1/actions/saveConfiguration"
)

// leastWork is the least that does each task, in order: the yardstick that acfix is compared with.
//
// What it leaves out of acfix's order of work guards against a person or another administrator: it asks nothing
// between its reading and its first write, and so does not read the INI again before it.
var leastWork = map[string][]step{
	"plan": {
		{method: http.MethodGet, path: status, reason: "firmware decides which roots are missing; is anything unsaved?"},
		{method: http.MethodGet, path: ini, reason: "which TLS Context serves Teams, and is its bundle on?"},
		{method: http.MethodGet, path: store(1), reason: "which roots does its store hold?"},
	},
	"apply": {
		{method: http.MethodGet, path: status, reason: "decision, and status of the backup"},
		{method: http.MethodGet, path: ini, reason: "decision, INI of the backup, and the row to send"},
		{method: http.MethodGet, path: store(1), reason: "decision, and trusted roots of the backup"},
		{method: http.MethodGet, path: certificate(1), reason: "certificate of the backup"},
		{method: http.MethodGet, path: store(0), reason: "trusted roots of the backup: that of every TLS Context"},
		{method: http.MethodGet, path: certificate(0), reason: "certificate of the backup: that of every TLS Context"},
		{method: http.MethodPut, path: loadINI, upload: "switch", reason: "switch the bundle on"},
		{method: http.MethodGet, path: ini, reason: "read the table back: only that cell changed"},
		{method: http.MethodPut, path: store(1) + "/incremental", upload: "DigiCert TLS ECC P384 Root G5",
			reason: "import the first root that the bundle lacks"},
		{method: http.MethodGet, path: store(1), reason: "read the store back"},
		{method: http.MethodPut, path: store(1) + "/incremental", upload: "DigiCert TLS RSA4096 Root G5",
			reason: "import the second root: one for each request"},
		{method: http.MethodGet, path: store(1), reason: "read the store back: no save before all is verified"},
		{method: http.MethodPost, path: save, reason: "save to flash"},
		{method: http.MethodGet, path: status, reason: "has the device saved? First of the reading after the save"},
		{method: http.MethodGet, path: ini, reason: "the reading after the save: the switch"},
		{method: http.MethodGet, path: store(1), reason: "the reading after the save: the roots"},
	},
}

func store(context int) string       { return fmt.Sprintf(stores, context) }
func certificate(context int) string { return fmt.Sprintf(certificates, context) }

// writes returns how many requests of a task write: as many as the job needs from any tool.
func writes(task string) int {
	n := 0
	for _, s := range leastWork[task] {
		if s.method != http.MethodGet {
			n++
		}
	}
	return n
}

// leastRequests returns the requests of a task with their bodies.
func leastRequests(task string) ([]request, error) {
	files, err := uploads()
	if err != nil {
		return nil, err
	}
	var requests []request
	for _, s := range leastWork[task] {
		r := request{Method: s.method, Path: s.path}
		if s.upload != "" {
			if files[s.upload] == nil {
				return nil, fmt.Errorf("nothing to upload is called %q", s.upload)
			}
			if r.Body, r.ContentType, err = upload(files[s.upload]); err != nil {
				return nil, err
			}
		}
		requests = append(requests, r)
	}
	return requests, nil
}

// uploads returns the switch's row, which is the same for all devices of the preset, and the roots by name.
func uploads() (map[string][]byte, error) {
	model, err := mockdevice.Preset(preset)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, root := range certs.Required() {
		files[root.Name] = root.PEM()
	}
	for _, table := range model.Tables {
		if table.Name == "TLSContexts" {
			files["switch"] = []byte(switchedOn(table))
		}
	}
	return files, nil
}

// switchedOn returns an incremental INI file with the whole row of TLS Context 1 and its bundle on.
func switchedOn(table mockdevice.Table) string {
	var names, cells []string
	for _, row := range table.Rows {
		if row.Index == 1 {
			cells = append(cells, row.Cells...)
		}
	}
	for i, column := range table.Columns {
		names = append(names, column.Name)
		if column.Name == "UseDefaultCABundle" {
			cells[i] = "1"
		}
	}
	return fmt.Sprintf("[ TLSContexts ]\n\nFORMAT Index = %s;\nTLSContexts 1 = %s;\n\n[ \\TLSContexts ]\n",
		strings.Join(names, ", "), strings.Join(cells, ", "))
}

// upload returns a file as devices take it ("REST API for Mediant Devices", LTRT-41761).
func upload(file []byte) (body []byte, contentType string, err error) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="bench.txt"`},
		"Content-Type":        {"application/octet-stream"},
	})
	if err != nil {
		return nil, "", err
	}
	if _, err := part.Write(file); err != nil {
		return nil, "", err
	}
	err = form.Close()
	return out.Bytes(), form.FormDataContentType(), err
}

func writeRequests(file string, requests []request) error {
	text, err := json.Marshal(requests)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

func readRequests(file string) ([]request, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var requests []request
	err = json.Unmarshal(text, &requests)
	return requests, err
}
