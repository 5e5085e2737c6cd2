package store

import (
	"encoding/json"
	"strings"
	"time"
)

// text removes what PostgreSQL refuses: NUL and invalid UTF-8.
func text(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
}

// document returns nil for no document.
func document(raw json.RawMessage) any {
	if raw == nil {
		return nil
	}
	return string(raw)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}

// listText returns nil for no list.
func listText(list []string) (any, error) {
	if list == nil {
		return nil, nil
	}
	clean := make([]string, len(list))
	for i := range list {
		clean[i] = text(list[i])
	}
	raw, err := json.Marshal(clean)
	return string(raw), err
}
