package bugreport_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/checks/bugreport"
	"github.com/acfix/acfix/internal/checks/doctor"
	"github.com/acfix/acfix/internal/checks/doctor/doctortest"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/require"
)

// visit collects the observations of a simulated device.
func visit(t testing.TB, model mockdevice.Model, changes ...func(*mockdevice.Device)) doctor.Observations {
	t.Helper()
	model.Now = doctortest.Now
	o, err := doctortest.Visit(t, model, changes...)
	require.NoError(t, err)
	return o
}

func reportOf(o doctor.Observations) doctor.Examination {
	report := doctor.Examine(o)
	report.Target = o.URL
	return report
}

// unpacked are the files of the archive of these observations, by name.
func unpacked(t testing.TB, o doctor.Observations) map[string]string {
	t.Helper()
	data, err := bugreport.Archive(o, reportOf(o))
	require.NoError(t, err)
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, entry := range archive.File {
		r, err := entry.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		files[entry.Name] = string(text)
	}
	return files
}

// files are the same without the archive around them.
func files(o doctor.Observations) map[string]string {
	list := map[string]string{}
	for _, file := range bugreport.Files(o, reportOf(o)) {
		list[file.Name] = string(file.Data)
	}
	return list
}

// configurationOnly is an observation of nothing but an INI file.
func configurationOnly(text []byte) doctor.Observations {
	return doctor.Observations{
		URL: "https://sbc01.contoso.example", Status: audiocodes.Observation{Status: 200, Body: []byte(`{"versionID":"7.40A.500.357","serialNumber":"1"}`)},
		Configuration: audiocodes.Observation{Path: "/files/ini", Status: 200, Body: text},
	}
}

// device answers from texts.
type device struct {
	status        audiocodes.Status
	configuration []byte
	roots         map[int][]byte
}

func (d device) Status(context.Context) (audiocodes.Status, error) { return d.status, nil }

func (d device) Configuration(context.Context) (audiocodes.Configuration, error) {
	file, err := ini.Parse(d.configuration)
	return audiocodes.Configuration{Raw: string(d.configuration), File: file}, err
}

func (d device) TrustedRoots(_ context.Context, id int) (audiocodes.TrustedRoots, error) {
	return audiocodes.TrustedRoots{PEM: d.roots[id]}, nil
}

func (d device) Certificate(context.Context, int) ([]byte, error) { return nil, nil }

func (d device) PinnedCertificate() string { return "" }

// judged is what acfix makes of a device: verdict, finding codes, and what it would do.
type judged struct {
	Verdict  remediate.Verdict
	Findings []string
	Steps    []remediate.StepKind
	Contexts []int
	Failed   bool
}

func judge(status, configuration []byte, roots map[int][]byte) judged {
	var fields struct {
		VersionID  string `json:"versionID"`
		SaveNeeded any    `json:"saveNeeded"`
	}
	_ = json.Unmarshal(status, &fields)
	d := device{status: audiocodes.Status{Firmware: fields.VersionID, SaveNeeded: audiocodes.No}, configuration: configuration, roots: roots}
	if fields.SaveNeeded == true || fields.SaveNeeded == "true" {
		d.status.SaveNeeded = audiocodes.Yes
	}
	state, err := remediate.Read(context.Background(), d, remediate.Choice{}, doctortest.Now)
	if err != nil {
		return judged{Failed: true}
	}
	plan := remediate.Build(state, remediate.Terms{Policy: certs.TeamsPolicy()})
	j := judged{Verdict: plan.Verdict}
	for _, finding := range plan.Findings {
		j.Findings = append(j.Findings, finding.Code)
	}
	for _, step := range plan.Steps {
		j.Steps = append(j.Steps, step.Kind)
	}
	for _, context := range plan.Contexts {
		j.Contexts = append(j.Contexts, context.ID)
	}
	slices.Sort(j.Findings)
	return j
}

// judgeBoth judges what was observed and what the archive says of it.
func judgeBoth(o doctor.Observations, list map[string]string) (before, after judged) {
	roots := map[int][]byte{}
	for _, c := range o.Contexts {
		roots[c.ID] = c.Store.Body
	}
	return judge(o.Status.Body, o.Configuration.Body, roots), judge([]byte(list["status.json"]), []byte(list["configuration.ini"]), roots)
}

func samples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../../audiocodes/ini/testdata/*.ini")
	require.NoError(t, err)
	require.Len(t, paths, 6)
	list := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		list[filepath.Base(path)] = data
	}
	return list
}
