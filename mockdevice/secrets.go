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

// secret returns an obscured secret as this download shows it. A rotated one contains the stored one, for loading.
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

// reveal returns the stored form of a loaded value: itself, unless it is a secret that an earlier download rotated.
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

// revealParameter is reveal for the value of a parameter, '$1$…'.
func revealParameter(value string) string {
	inner := strings.Trim(value, "'")
	return strings.Replace(value, inner, reveal(inner), 1)
}
