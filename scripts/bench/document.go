package main

import (
	"fmt"
	"os"
	"strings"
)

// The marks around what "bench -write FILE" replaces.
const (
	documentBegin = "<!-- measured by make bench: begin -->\n"
	documentEnd   = "<!-- measured by make bench: end -->\n"
)

// writeDocument replaces the measured part of a document.
func writeDocument(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), documentBegin)
	_, after, closed := strings.Cut(rest, documentEnd)
	if !found || !closed {
		return fmt.Errorf("%s: no %q with an end after it", file, strings.TrimSpace(documentBegin))
	}
	return os.WriteFile(file, []byte(before+documentBegin+"\n"+strings.Trim(text, "\n")+"\n\n"+documentEnd+after), 0o644)
}
