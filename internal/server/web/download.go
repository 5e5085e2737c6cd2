package web

import (
	"io"
	"net/http"
	"time"

	"github.com/acfix/acfix/internal/output/report"
)

// format is a report of a run to download.
type format struct {
	Name, Title, kind, file string
	write                   func(io.Writer, report.RunHead, report.RunDevices) error
}

var formats = []format{
	{"html", "HTML", "text/html; charset=utf-8", ".html", report.RunHTML},
	{"text", "Text", "text/plain; charset=utf-8", ".txt", verboseText},
	{"csv", "CSV", "text/csv; charset=utf-8", ".csv", report.RunCSV},
	{"json", "JSON", "application/json", ".json", report.RunJSON},
	{"junit", "JUnit", "application/xml", ".xml", report.RunJUnit},
}

func verboseText(w io.Writer, head report.RunHead, devices report.RunDevices) error {
	return report.RunText(w, head, devices, report.Style{Verbose: true})
}

func (s *Site) report(w http.ResponseWriter, r *http.Request) {
	for _, f := range formats {
		if f.Name == r.PathValue("format") {
			s.send(w, r, f)
			return
		}
	}
	s.fail(w, r, ErrUnknown)
}

// send streams a report. It breaks the connection on an error, so that a part can't pass for the whole.
func (s *Site) send(w http.ResponseWriter, r *http.Request, f format) {
	head, devices, err := s.Data.Report(r.Context(), r.PathValue("run"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	attach(w, f.kind, "acfix-"+head.Action+"-"+head.ID+f.file)
	if err := f.write(s.patient(w), head, devices); err != nil {
		s.Log.Error("a report was cut off", "run", head.ID, "format", f.Name, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// patience is the time that a client has to take one piece of an answer.
const patience = time.Minute

// patient extends the write deadline with every piece that the client takes.
func (s *Site) patient(w http.ResponseWriter) io.Writer {
	return &patientWriter{to: w, control: http.NewResponseController(w), now: s.Now}
}

type patientWriter struct {
	to      io.Writer
	control *http.ResponseController
	now     func() time.Time
	until   time.Time
}

func (p *patientWriter) Write(piece []byte) (int, error) {
	if now := p.now(); p.until.Sub(now) < patience/2 {
		p.until = now.Add(patience)
		_ = p.control.SetWriteDeadline(p.until) // httptest.ResponseRecorder has none
	}
	return p.to.Write(piece)
}
