package export

import (
	"bytes"
	"encoding/pem"

	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/textfile"
	"github.com/acfix/acfix/internal/usage"
)

// readStore reads the trusted roots of one TLS Context from a file, and returns them as PEM. What a device exports
// stays as it is, so that it is judged as if it came from the device; an empty file is an empty store.
func readStore(path string) ([]byte, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if text := textfile.UTF8(data); len(bytes.TrimSpace(text)) == 0 || bytes.Contains(text, []byte("-----BEGIN CERTIFICATE-----")) {
		return text, nil
	}
	return convertedStore(path, data)
}

// convertedStore reads certificates of other formats than PEM.
func convertedStore(path string, data []byte) ([]byte, error) {
	parsed, err := file.Parse(data, "")
	if err == nil && len(parsed.Problems) > 0 {
		return nil, usage.Errorf("%s: %s", path, parsed.Problems[0]).
			Hint("export the trusted roots again; with a certificate that can't be read, no root can be called missing")
	}
	if err != nil || len(parsed.Certificates) == 0 {
		return nil, usage.Errorf("%s holds no certificate that can be read", path).
			Hint("give the trusted roots of the TLS Context as PEM, DER or P7B")
	}
	var text bytes.Buffer
	for _, certificate := range parsed.Certificates {
		block := &pem.Block{Type: "CERTIFICATE", Bytes: certificate.X509.Raw}
		if err := pem.Encode(&text, block); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}
