package mockdevice

import (
	"encoding/base64"
	"strings"
)

const (
	secretMark  = "$1$"
	rotatedMark = "rot"
)

func isSecret(value string) bool { return strings.HasPrefix(value, secretMark) }

// secret is an obscured secret as this download shows it. A rotated one holds
// the stored one, so that the device understands it when it comes back.
func (r *rendering) secret(stored string) string {
	if !r.dialect.SecretsRotate {
		return stored
	}
	nonce := byte(r.download)
	mixed := []byte(rotatedMark + stored)
	for i := range mixed {
		mixed[i] ^= nonce + byte(i)
	}
	return secretMark + base64.StdEncoding.EncodeToString(append([]byte{nonce}, mixed...))
}

// reveal is the stored form of a value from a load: itself, unless it is a
// secret that an earlier download rotated.
func reveal(value string) string {
	mixed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(value, secretMark))
	if !isSecret(value) || err != nil || len(mixed) < 1 {
		return value
	}
	plain := make([]byte, len(mixed)-1)
	for i := range plain {
		plain[i] = mixed[i+1] ^ (mixed[0] + byte(i))
	}
	if stored, found := strings.CutPrefix(string(plain), rotatedMark); found && isSecret(stored) {
		return stored
	}
	return value
}

// revealParameter does the same for the value of a parameter, '$1$…'.
func revealParameter(value string) string {
	inner := strings.Trim(value, "'")
	return strings.Replace(value, inner, reveal(inner), 1)
}
