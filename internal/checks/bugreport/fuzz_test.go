package bugreport_test

import (
	"regexp"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/require"
)

func requiredRoot() []byte { return certs.Required()[1].PEM() }

// pieces cuts a configuration into texts of one table each, the first with the parameter
// groups: the fuzzer gets further with small inputs.
func pieces(data []byte) [][]byte {
	var pieces [][]byte
	start := 0
	for _, end := range regexp.MustCompile(`(?m)^\[ \\.* \]\r?\n`).FindAllIndex(data, -1) {
		pieces = append(pieces, data[start:end[1]])
		start = end[1]
	}
	return pieces
}

// FuzzConfiguration: whatever the configuration is, the archive's has the same shape, leads
// to the same decision, and holds none of its secrets.
func FuzzConfiguration(f *testing.F) {
	for _, data := range samples(f) {
		for _, piece := range pieces(data) {
			f.Add(piece)
		}
	}
	f.Add([]byte("[ TLSContexts ]\nFORMAT Index = Name, TLSVersion;\nTLSContexts 0 = \"default\", 0;\nTLSContexts 1 = \"$1$geheimnis\", \"12\";\n[ \\TLSContexts ]\n"))
	f.Add([]byte("[ a=b ]\nFORMAT Index = x;\na=b 0 = 1;\n[ \\a=b ]\n"))
	f.Add([]byte("[ T ]\nFORMAT=1\nT=2\n[X Params]\nA = 'b', 'c'\nD = 'x\n;secret\n[ T ]\nFORMAT T_Index = T_A, B;\nT 0 = \"x\", ;\nT 0 = 1;\nT 1 = 1, 2, 3;\n[ \\t ]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := configurationOnly(data)
		list := files(o)
		sameShape(t, data, []byte(list["configuration.ini"]))
		before, after := judgeBoth(o, list)
		require.Equal(t, before, after)
		for _, secret := range anySecret.FindAllString(string(data), -1) {
			if len(secret) > 12 {
				require.NotContains(t, list["configuration.ini"], secret)
			}
		}
	})
}
