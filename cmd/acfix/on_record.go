package main

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/spf13/pflag"
)

// unrecorded are flags whose values may hold a password, and say nothing of what a run did.
var unrecorded = map[string]bool{"store": true}

// userOfURL is the part of a URL that may hold a password.
var userOfURL = regexp.MustCompile(`://[^/?#]*@`)

// flagsOnRecord returns the flags that were given, as a run keeps them.
func flagsOnRecord(flags *pflag.FlagSet) []string {
	given := []string{}
	flags.Visit(func(flag *pflag.Flag) {
		if unrecorded[flag.Name] {
			return
		}
		values := []string{flag.Value.String()}
		if several, ok := flag.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		for _, value := range values {
			given = append(given, "--"+flag.Name+"="+userOfURL.ReplaceAllString(value, "://…@"))
		}
	})
	return given
}

// inventoryOnRecord returns the path of an inventory, and the SHA-256 of its bytes; "" where it can't be read.
func inventoryOnRecord(path string) (name, digest string) {
	if path == "" {
		return "", ""
	}
	name, err := filepath.Abs(path)
	if err != nil {
		name = path
	}
	content, err := access.ReadInventoryBytes(path)
	if err != nil {
		return name, ""
	}
	sum := sha256.Sum256(content)
	return name, hex.EncodeToString(sum[:])
}
