package export

import (
	"bytes"
	"encoding/pem"

	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/usage"
)

// ReadStore reads the trusted roots of one TLS Context from a file of certificates, and returns them as PEM. Errors:
// *usage.Error.
func ReadStore(path string) ([]byte, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
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
