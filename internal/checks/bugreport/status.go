package bugreport

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var timeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}Z?$`)

// statusWords are the fields of /status that keep some values (LTRT-41761, "Device Status").
var statusWords = map[string]func(string) bool{
	"productType":      isBoard,
	"versionID":        isFirmware,
	"localTimeStamp":   timeForm.MatchString,
	"protocolType":     among("SIP", "MGCP", "MEGACO"),
	"operationalState": among("LOCKED", "UNLOCKED", "SHUTTING DOWN"),
	"highAvailability": among("Operational", "Not Operational"),
	"saveNeeded":       among("true", "false"),
	"resetNeeded":      among("true", "false"),
	"osType":           among("linux", "Linux"),
}

func among(words ...string) func(string) bool {
	return func(text string) bool { return slices.Contains(words, text) }
}

// status replaces the values of a JSON object, whatever fields it has. Anything else becomes an empty object.
func (p *pseudonyms) status(body []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var fields map[string]any
	if decoder.Decode(&fields) != nil {
		return []byte("{}\n")
	}
	replaced := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(fields)) { // in a fixed order: replacements are numbered
		replaced[p.structural(name)] = p.field(name, fields[name])
	}
	return document(replaced)
}

func (p *pseudonyms) field(name string, value any) any {
	switch v := value.(type) {
	case string:
		if keeps := statusWords[name]; keeps != nil && keeps(v) {
			return v
		}
		return p.identity(v)
	case json.Number:
		// The up time is in hundredths of a second and may have many digits.
		if name == "systemUpTime" || smallNumber.MatchString(v.String()) && !identityPlaces.MatchString(name) {
			return v
		}
		return json.Number(p.number(v.String()))
	case []any:
		list := []any{}
		for _, item := range v {
			list = append(list, p.field("", item))
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			object[p.name(key)] = p.field("", v[key])
		}
		return object
	default: // true, false, null
		return v
	}
}

// document renders replaced values as JSON.
func document(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		panic("bugreport: plain data: " + err.Error())
	}
	return text.Bytes()
}

// target replaces the address that an operator typed.
func (p *pseudonyms) target(text string) string {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return p.value(text)
	}
	return scheme + "://" + p.value(strings.TrimSuffix(rest, "/"))
}
