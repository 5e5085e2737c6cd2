package doctor

import (
	"bytes"
	"regexp"
	"strings"
)

// headerFields are the lines of the INI file's header that repeat fields of the status.
var headerFields = []struct{ label, field string }{
	{";Board:", "productType"},
	{";Serial Number:", "serialNumber"},
	{";Software Version:", "versionID"},
}

// header names the lines that are missing or differ from the status, without their text.
func (e *exam) header() outcome {
	head := e.o.Configuration.Body
	if first := sectionLine.FindIndex(head); first != nil {
		head = head[:first[0]]
	}
	var against []string
	compared := 0
	for _, known := range headerFields {
		want := e.field(known.field)
		if want == "" {
			continue
		}
		compared++
		_, rest, there := bytes.Cut(head, []byte(known.label))
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		switch {
		case !there:
			against = append(against, "no line \""+known.label+"\"")
		case strings.TrimSpace(string(line)) != want:
			against = append(against, "\""+known.label+"\" differs from "+known.field)
		}
	}
	if compared == 0 {
		return unknown("the status has none of these fields")
	}
	return either(against, "agrees with the status")
}

var versionForm = regexp.MustCompile(`^\d\.\d{2}[A-Z]{1,2}\.\d{3}\.\d{3}$`)

func (e *exam) versionForm() outcome {
	version := e.field("versionID")
	switch {
	case version == "":
		return unknown("the status has none")
	case versionForm.MatchString(version):
		return holds("M.mmA.FFF.bbb")
	case e.firmware != nil:
		return broken("another form, which can be read")
	default:
		return broken("another form, which can't be read")
	}
}
