package mockdevice

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// filePart returns the file of an upload: multipart/form-data with exactly one part, name "file",
// with a filename, application/octet-stream ("REST API for Mediant Devices", LTRT-41761).
func filePart(r *http.Request, body []byte) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, errors.New("Content-Type must be multipart/form-data")
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	part, err := form.NextPart()
	if err != nil {
		return nil, errors.New("malformed multipart body")
	}
	file, err := io.ReadAll(part)
	if err != nil {
		return nil, errors.New("malformed multipart body")
	}
	switch partKind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); {
	case part.FormName() != "file":
		return nil, errors.New("part is not called file")
	case part.FileName() == "":
		return nil, errors.New("part has no filename")
	case partKind != binaryType:
		return nil, errors.New("part is not application/octet-stream")
	}
	if _, err := form.NextPart(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one part")
	}
	return file, nil
}
