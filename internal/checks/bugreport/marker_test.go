package bugreport_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/internal/checks/doctor"
	"github.com/acfix/acfix/internal/checks/doctor/doctortest"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/require"
)

// shapes are forms in which an identity may stand anywhere; each makes a text for a number
// and what must not be found of it.
var shapes = map[string]func(n int) (text, find string){
	"a word": func(n int) (string, string) { return same("MARKER%05d", n) },
	"words": func(n int) (string, string) {
		return fmt.Sprintf("Jane Doe MARKER%05d", n), fmt.Sprintf("marker%05d", n)
	},
	"a host": func(n int) (string, string) { return same("marker%05d.corp.example", n) },
	"a host and port": func(n int) (string, string) {
		return fmt.Sprintf("marker%05d.corp.example:5061", n), fmt.Sprintf("marker%05d", n)
	},
	"an IPv4 address": func(n int) (string, string) { return same("10.77.%d.%d", n/250, n%250+1) },
	"an IPv4 and port": func(n int) (string, string) {
		return fmt.Sprintf("10.77.%d.%d:5060", n/250, n%250+1), fmt.Sprintf("10.77.%d.%d", n/250, n%250+1)
	},
	"an IPv6 address":   func(n int) (string, string) { return same("2001:470:77::%x", n+1) },
	"a MAC":             func(n int) (string, string) { return same("00908f7%05x", n) },
	"a MAC with colons": func(n int) (string, string) { return same("00:90:8f:77:%02x:%02x", n/256, n%256) },
	"mail": func(n int) (string, string) {
		// Letters that no digest has: five digits alone stand in one by chance.
		return fmt.Sprintf("zq%05d@zq%05d.example", n, n), fmt.Sprintf("zq%05d", n)
	},
	"a telephone number": func(n int) (string, string) { return fmt.Sprintf("+493017%05d", n), fmt.Sprintf("493017%05d", n) },
	"a long number":      func(n int) (string, string) { return same("779955%05d", n) },
	"a secret":           func(n int) (string, string) { return fmt.Sprintf("$1$bWFya2Vy%05d", n), fmt.Sprintf("bwfya2vy%05d", n) },
	"with Teams":         func(n int) (string, string) { return fmt.Sprintf("Teams MARKER%05d", n), fmt.Sprintf("marker%05d", n) },
	"below Microsoft": func(n int) (string, string) {
		return fmt.Sprintf("marker%05d.pstnhub.microsoft.com:5061", n), fmt.Sprintf("marker%05d", n)
	},
	"like Microsoft": func(n int) (string, string) {
		return fmt.Sprintf("pstnhub.marker%05d.example", n), fmt.Sprintf("marker%05d", n)
	},
	"a tenant": func(n int) (string, string) {
		return fmt.Sprintf("marker%05d.onmicrosoft.com", n), fmt.Sprintf("marker%05d", n)
	},
	"a cipher word": func(n int) (string, string) {
		return fmt.Sprintf("!MARKER%05d:ECDHE+MARKER%05d", n, n), fmt.Sprintf("marker%05d", n)
	},
	"a cipher suite": func(n int) (string, string) {
		return fmt.Sprintf("ECDHE-MARKER%05d-AES256-SHA", n), fmt.Sprintf("marker%05d", n)
	},
	"a product": func(n int) (string, string) {
		return fmt.Sprintf("Mediant VE MARKER%05d", n), fmt.Sprintf("marker%05d", n)
	},
	"a login": func(n int) (string, string) { return fmt.Sprintf(`CORP\marker%05d`, n), fmt.Sprintf("marker%05d", n) },
	"a URL": func(n int) (string, string) {
		return fmt.Sprintf("https://user:marker%05d@10.77.0.1/x.ini", n), fmt.Sprintf("marker%05d", n)
	},
}

func same(format string, arguments ...any) (string, string) {
	text := fmt.Sprintf(format, arguments...)
	return text, strings.ToLower(text)
}

// planter puts a new marker wherever it is asked and remembers what must not be found.
type planter struct {
	shape func(int) (string, string)
	count int
	finds []string
}

func (p *planter) plant() string {
	text, find := p.shape(p.count)
	p.count++
	p.finds = append(p.finds, find)
	return text
}

// configuration plants into every parameter, cell and comment, in the quotes that stand there.
func (p *planter) configuration(text []byte) []byte {
	keep := func(name string) string { return name }
	return ini.Rewrite(text, ini.Edit{
		Section: keep, Column: keep, Parameter: keep,
		Value: func(_, value string) string {
			if strings.Contains(value, ", ") {
				return "'" + p.plant() + "', '" + p.plant() + "', ''"
			}
			if strings.HasPrefix(value, "'") {
				return "'" + p.plant() + "'"
			}
			return p.plant()
		},
		Cell: func(_, _ string, cell ini.Cell) ini.Cell {
			if strings.HasPrefix(string(cell), `"`) {
				return ini.Cell(`"` + p.plant() + `"`)
			}
			return ini.Cell(p.plant())
		},
		Comment: func(text string) string {
			if label, _, ok := strings.Cut(text, ":"); ok {
				return label + ": " + p.plant()
			}
			return ";" + p.plant()
		},
	})
}

func (p *planter) status(t *testing.T, body []byte) []byte {
	t.Helper()
	var fields map[string]any
	require.NoError(t, json.Unmarshal(body, &fields))
	for name := range fields {
		fields[name] = p.plant()
	}
	fields["extra"] = map[string]any{p.plant(): []any{p.plant(), map[string]any{"k": p.plant()}}}
	text, err := json.Marshal(fields)
	require.NoError(t, err)
	return text
}

// everywhere plants into whatever a device can say.
func (p *planter) everywhere(t *testing.T, o doctor.Observations) doctor.Observations {
	t.Helper()
	o.URL = "https://" + strings.NewReplacer(" ", "", "!", "", "/", "", "@", "", `\`, "").Replace(p.plant())
	o.Status.Body = p.status(t, o.Status.Body)
	o.Configuration.Body = p.configuration(o.Configuration.Body)
	o.Again.Body = p.configuration(o.Again.Body)
	o.TLSList.Body = []byte(fmt.Sprintf(`{"tls":[{"id":%q,"url":%q}]}`, p.plant(), p.plant()))
	o.Alarms.Body = []byte(fmt.Sprintf(`{"alarms":[{"id":%q,"description":%q}],"cursor":{"after":%q}}`, p.plant(), p.plant(), p.plant()))
	o.FirstAlarm.Body = o.Alarms.Body
	o.CallGroups.Body = []byte(fmt.Sprintf(`{"items":[{"id":%q,"name":%q,"value":%q}]}`, p.plant(), p.plant(), p.plant()))
	o.Calls.Body = o.CallGroups.Body
	o.Challenge.Challenges = []string{"Digest realm=\"" + p.plant() + `", nonce="` + p.plant() + `"`, p.plant()}
	o.Challenge.Body = []byte(`{"description":"` + strings.ReplaceAll(p.plant(), `\`, "") + `"}`)
	o.Status.Header = http.Header{"Server": {p.plant()}, "Content-Type": {p.plant()}, "Connection": {p.plant()}, "X-Own": {p.plant()}, p.plant(): {"x"}}
	o.Contexts = slices.Clone(o.Contexts)
	for i := range o.Contexts {
		o.Contexts[i].Store.Body = slices.Concat(o.Contexts[i].Store.Body, []byte("subject="+p.plant()+"\n"))
	}
	return o
}

// TestNoMarkerIsInTheArchive plants every shape everywhere.
func TestNoMarkerIsInTheArchive(t *testing.T) {
	t.Parallel()
	plain := map[string]doctor.Observations{}
	for _, name := range []string{"7.0", "7.4.500"} {
		model := doctortest.Preset(t, name)
		model.Contexts[1].Roots = append(model.Contexts[1].Roots, mockdevice.SelfMadeRoot("MARKER in a subject"))
		model.Product = "Mediant SW"
		plain[name] = visit(t, model)
	}
	for shape, text := range shapes {
		for name, o := range plain {
			t.Run(shape+" in "+name, func(t *testing.T) {
				t.Parallel()
				p := &planter{shape: text}
				o := p.everywhere(t, o)
				p.finds = append(p.finds, "marker in a subject", "acl_5")
				require.Greater(t, p.count, 300)
				for file, content := range unpacked(t, o) {
					content = strings.ToLower(content)
					for _, find := range p.finds {
						if at := strings.Index(content, find); at >= 0 {
							t.Fatalf("%s has %q: …%s…", file, find, content[max(0, at-80):min(len(content), at+80)])
						}
					}
				}
			})
		}
	}
}
