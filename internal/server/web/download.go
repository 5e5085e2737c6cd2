package web

import (
	"io"
	"net/http"
	"time"

	"github.com/acfix/acfix/internal/output/report"
)

// format is a view of a run to save.
type format struct {
	Name, Title, kind, file string
	write                   func(io.Writer, report.RunHead, report.RunDevices) error
}

var formats = []format{
	{"html", "HTML", "text/html; charset=utf-8", ".html", report.RunHTML},
	{"text", "Text", "text/plain; charset=utf-8", ".txt", func(w io.Writer, head report.RunHead, devices report.RunDevices) error {
		return report.RunText(w, head, devices, report.Style{Verbose: true})
	}},
	{"csv", "CSV", "text/csv; charset=utf-8", ".csv", report.RunCSV},
	{"json", "JSON", "application/json", ".json", report.RunJSON},
	{"junit", "JUnit", "application/xml", ".xml", report.RunJUnit},
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

// send streams a report. One that breaks off must not look whole, so the connection does too.
func (s *Site) send(w http.ResponseWriter, r *http.Request, f format) {
	head, devices, err := s.source.Report(r.Context(), r.PathValue("run"))
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

// patience is how long a client may take for one piece of an answer.
const patience = time.Minute

// patient puts the time limit of an answer off with every piece that the client takes.
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
		_ = p.control.SetWriteDeadline(p.until) // a recorder of tests has none
	}
	return p.to.Write(piece)
}
