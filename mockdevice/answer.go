package mockdevice

import (
	"encoding/json"
	"net/http"
	"strconv"
)

const (
	jsonType   = "application/json"
	binaryType = "application/octet-stream"
)

// answer is a response before it is framed.
type answer struct {
	status int
	kind   string // Content-Type
	body   []byte
	header http.Header
	done   bool // the device did what was asked
	hangUp bool // the device ends its connections afterwards
}

func jsonAnswer(v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps, slices, strings and numbers come here
	}
	return answer{status: http.StatusOK, kind: jsonType, body: body, done: true}
}

func description(text string) map[string]string { return map[string]string{"description": text} }

// failure is an error in the form that devices report.
func (d *Device) failure(status int, text string) answer {
	a := jsonAnswer(description(text))
	a.status, a.done = status, false
	if d.model.Dialect.ErrorsWithoutBody {
		a.kind, a.body = "", nil
	}
	return a
}

// send writes an answer with the dialect's framing.
func (d *Device) send(w http.ResponseWriter, a answer) {
	head(w, a)
	dialect := d.model.Dialect
	if dialect.CloseEach || a.hangUp {
		w.Header().Set("Connection", "close")
	}
	switch {
	case !hasBody(a.status) || dialect.Framing == FramingLength:
		if hasBody(a.status) {
			w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		}
	case dialect.Framing == FramingClose:
		// net/http takes this to mean: no length, no chunks, then close.
		w.Header().Set("Transfer-Encoding", "identity")
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
	if dialect.Framing != FramingLength {
		flush(w)
	}
}

func head(w http.ResponseWriter, a answer) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	// Without this, net/http would guess a type from the body.
	w.Header()["Content-Type"] = nil
	if a.kind != "" {
		w.Header().Set("Content-Type", a.kind)
	}
}

func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
