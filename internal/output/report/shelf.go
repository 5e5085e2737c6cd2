package report

import (
	"bytes"
	"compress/flate"
	"io"
)

// shelf keeps a part of a document until what stands above it is known. The part is packed, because documents of
// many devices repeat themselves: it takes a small part of its size.
type shelf struct {
	packed bytes.Buffer
	packer *flate.Writer
}

func (s *shelf) Write(text []byte) (int, error) {
	if s.packer == nil {
		var err error
		if s.packer, err = flate.NewWriter(&s.packed, flate.BestSpeed); err != nil {
			return 0, err
		}
	}
	return s.packer.Write(text)
}

// empty writes the whole part to w.
func (s *shelf) empty(w io.Writer) error {
	if s.packer == nil {
		return nil
	}
	if err := s.packer.Close(); err != nil {
		return err
	}
	_, err := io.Copy(w, flate.NewReader(&s.packed))
	return err
}
