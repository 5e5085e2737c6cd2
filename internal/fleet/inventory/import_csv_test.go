package inventory_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// real are rules as acfix has them, as far as these tests need them.
var real = inventory.Rules{
	Address: func(text string) (string, error) {
		if strings.Contains(text, "://") {
			return text, nil
		}
		return "https://" + text, nil
	},
	Finding: func(string) bool { return true },
}

func imports(t *testing.T, data []byte, source inventory.Source) (inventory.Inventory, inventory.Imported) {
	t.Helper()
	imported, err := inventory.Import(data, source, real)
	require.NoError(t, err, "%q", data)
	read, err := inventory.Parse(imported.YAML, inventory.YAML, real)
	require.NoError(t, err, "%s", imported.YAML)
	return read, imported
}

func TestTablesAsPeopleHaveThem(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]inventory.Device{
		"semi.csv":  {Username: "acfix", Pins: []string{strings.Repeat("9c", 32)}, Tags: []string{"emea", "canary"}},
		"tab.csv":   {},
		"TRUE.csv":  {Choice: remediate.Choice{AllRoots: true}},
		"blank.csv": {},
		"trail.csv": {},
		"caps.csv":  {Tags: []string{"emea"}},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "cases", file))
		require.NoError(t, err)
		want.Name, want.URL = "ams-1", "https://192.0.2.10"
		read, _ := imports(t, data, inventory.Source{Format: "csv"})
		assert.Equal(t, []inventory.Device{want}, read.Devices, file)
		read, err = inventory.Parse(data, inventory.CSV, real)
		require.NoError(t, err, file)
		assert.Equal(t, []inventory.Device{want}, read.Devices, file)
	}
	data, err := os.ReadFile(filepath.Join("testdata", "cases", "pw.csv"))
	require.NoError(t, err)
	for _, source := range []inventory.Source{{Format: "csv"}, {Format: "csv", IgnoreUnknown: true}, {Format: "ovoc"}} {
		_, err = inventory.Import(data, source, real)
		assert.ErrorContains(t, err, `1:19: the column "password" is refused: a password never stands in an inventory`)
		assert.ErrorContains(t, err, "password_env")
		assert.NotContains(t, err.Error(), "s3cretX")
	}
}

func encoded(text string, order binary.ByteOrder) []byte {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = append(data, 0, 0)
		order.PutUint16(data[len(data)-2:], unit)
	}
	return data
}

// TestOneTableInEveryDress: the same two devices, however a spreadsheet saves them.
func TestOneTableInEveryDress(t *testing.T) {
	t.Parallel()
	const plain = "name,url,tags\nzürich-1,192.0.2.10,emea canary\nams-2,sbc.example.com,\n"
	semicolons := strings.ReplaceAll(plain, ",", ";")
	dresses := map[string][]byte{
		"as it is":                   []byte(plain),
		"semicolons":                 []byte(semicolons),
		"tabs":                       []byte(strings.ReplaceAll(plain, ",", "\t")),
		"bars":                       []byte(strings.ReplaceAll(plain, ",", "|")),
		"a BOM":                      []byte("\ufeff" + plain),
		"CRLF":                       []byte(strings.ReplaceAll(plain, "\n", "\r\n")),
		"CR alone":                   []byte(strings.ReplaceAll(plain, "\n", "\r")),
		"no end of the last line":    []byte(strings.TrimSuffix(plain, "\n")),
		"sep=;":                      []byte("sep=;\r\n" + strings.ReplaceAll(semicolons, "\n", "\r\n")),
		"SEP=; with a BOM":           []byte("\ufeffSEP=;\n" + semicolons),
		`"sep=;" quoted`:             []byte("\"sep=;\"\n" + semicolons),
		"sep= and a tab":             []byte("sep=\t\n" + strings.ReplaceAll(plain, ",", "\t")),
		"sep= of its own":            []byte("sep=~\n" + strings.ReplaceAll(plain, ",", "~")),
		"sep=; and CR":               []byte(strings.ReplaceAll("sep=;\n"+semicolons, "\n", "\r")),
		"UTF-16 LE":                  append([]byte{0xff, 0xfe}, encoded(plain, binary.LittleEndian)...),
		"UTF-16 BE":                  append([]byte{0xfe, 0xff}, encoded(plain, binary.BigEndian)...),
		"UTF-16 LE without a BOM":    encoded(plain, binary.LittleEndian),
		"UTF-16 BE without a BOM":    encoded(plain, binary.BigEndian),
		"Unicode text of Excel":      append([]byte{0xff, 0xfe}, encoded(strings.ReplaceAll(strings.ReplaceAll(plain, ",", "\t"), "\n", "\r\n"), binary.LittleEndian)...),
		"empty rows":                 []byte("\n,,\n" + strings.ReplaceAll(plain, "\n", "\n\n , ,\n,,,,,\n")),
		"trailing separators":        []byte("name,url,tags,,\nzürich-1,192.0.2.10,emea canary,,\nams-2,sbc.example.com,,, \n"),
		"shorter rows":               []byte("name,url,tags\nzürich-1,192.0.2.10,emea canary\nams-2,sbc.example.com\n"),
		"capitals and blanks":        []byte("\" Name \", URL ,TAGS\u00a0\n zürich-1 ,192.0.2.10, emea  canary \nams-2, sbc.example.com ,\n"),
		"quoted cells":               []byte("\"name\",\"url\",\"tags\"\n\"zürich-1\",\"192.0.2.10\",\"emea\ncanary\"\n\"ams-2\",\"sbc.example.com\",\"\"\n"),
		"prefix lengths, a scheme":   []byte("name,url,tags\nzürich-1,192.0.2.10/24,emea canary\nams-2,https://sbc.example.com,\n"),
		"another order of columns":   []byte("tags,url,name\nemea canary,192.0.2.10,zürich-1\n,sbc.example.com,ams-2\n"),
		"a separator within a name":  []byte("name;url;tags;\"a,b,c,d,e\"\nzürich-1;192.0.2.10;emea canary;\nams-2;sbc.example.com;;x\n"),
		"a nameless column, ignored": []byte("name,,url,tags\nzürich-1,x,192.0.2.10,emea canary\nams-2,,sbc.example.com,\n"),
	}
	for name, data := range dresses {
		read, _ := imports(t, data, inventory.Source{Format: "csv", IgnoreUnknown: true})
		assert.Equal(t, []inventory.Device{
			{Name: "zürich-1", URL: "https://192.0.2.10", Tags: []string{"emea", "canary"}},
			{Name: "ams-2", URL: "https://sbc.example.com"},
		}, read.Devices, name)
	}
}

func TestTruthInTheLanguagesOfExcel(t *testing.T) {
	t.Parallel()
	for want, words := range map[bool]string{
		true:  "true TRUE True yes Y 1 on WAHR ja VRAI oui VERDADERO sí VERO WAAR PRAWDA SANT SAND SANN TOSI IGAZ ИСТИНА",
		false: "false FALSE no N 0 off FALSCH nein FAUX non FALSO ONWAAR FAŁSZ NEPRAVDA FALSKT FALSK USANN EPÄTOSI HAMIS ЛОЖЬ",
	} {
		for word := range strings.FieldsSeq(words) {
			read, err := inventory.Parse([]byte("name,url,all_roots\na,b,"+word+"\n"), inventory.CSV, real)
			require.NoError(t, err, word)
			assert.Equal(t, want, read.Devices[0].Choice.AllRoots, word)
		}
	}
	for _, word := range []string{"x", "2", "-1", "maybe", "TRUE!", "#NAME?"} {
		_, err := inventory.Parse([]byte("name,url,all_roots\na,b,"+word+"\n"), inventory.CSV, real)
		assert.ErrorContains(t, err, "2:5: true or false is wanted here", word)
	}
	for cell, want := range map[string]string{"1": "1.0", "1.2": "1.2", "\"1,1\"": "1.1", "1.3": "1.3"} {
		read, err := inventory.Parse([]byte("name,url,TLS Min\na,b,"+cell+"\n"), inventory.CSV, real)
		require.NoError(t, err, cell)
		assert.Equal(t, want, read.Devices[0].TLSMin, "Excel drops zeros and knows other decimal points")
	}
}

// TestForeignTables: what can't be read says what it is, where, and what to do; no cell of a line
// that may hold a password is repeated.
func TestForeignTables(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ data, want string }{
		"unknown columns":         {"name,Region,url,Model\na,b,c,d\n", `1:6: unknown columns "Region", "Model"; "acfix inventory import" takes --map`},
		"after sep=":              {"sep=;\nname;Region;url\na;b;c\n", `2:6: unknown column "Region"`},
		"no name":                 {"url,tags\na,b\n", "1:1: no column stands for name"},
		"no address":              {"\nname,tags\na,b\n", "2:1: no column stands for url"},
		"no header":               {"ams-1,192.0.2.10,kim,s3cret\n", "1:1: the first line must name the columns"},
		"no header, an URL":       {"ams-1;https://sbc;kim;s3cret\n", "1:1: the first line must name the columns"},
		"no header, a host":       {"ams-1\tsbc.example.com\ts3cret\n", "1:1: the first line must name the columns"},
		"a nameless column":       {"name,url,\na,b,c\n", "2:5: this cell has a value, but its column has no name"},
		"Passwort":                {"name;url;Passwort\na;b;s3cret\n", `1:10: the column "Passwort" is refused: a password never`},
		"Admin-Password":          {"name;url;Admin-Password\na;b;s3cret\n", `1:10: the column "Admin-Password" is refused`},
		"PW":                      {"PW,name,url\ns3cret,a,b\n", "1:1: the column \"PW\" is refused"},
		"duplicate":               {"name,url\na,b\nc,d\na,e\n", `4:1: the name "a" of line 4 is already that of line 2`},
		"duplicate address":       {"name,url\na,192.0.2.1\nb,https://192.0.2.1\n", `3:3: the url "https://192.0.2.1" of line 3 is already that of line 2`},
		"duplicate behind a cell": {"name,url,tags\na,b,\"x\ny\"\na,c,\n", `4:1: the name "a" of line 4 is already that of line 2`},
		"two columns":             {"name,url,Name\na,b,c\n", `1:10: the column "Name" is there twice`},
		"a code page":             {"name,url\nz\xfcrich-1,b\n", `2:2: this is not UTF-8 text: Windows saves plain "CSV" in a code page of its language; choose "CSV UTF-8`},
		"UTF-16, cut off":         {"\xff\xfen\x00a", "1:1: this looks like UTF-16, but is damaged"},
		"UTF-16, half a pair":     {"\xff\xfen\x00\x00\xd8", "1:1: this looks like UTF-16, but is damaged"},
		"xlsx":                    {"PK\x03\x04…xl/workbook.xml", "1:1: this is an Excel workbook (.xlsx), which acfix does not read; open it in Excel and choose Save As, \"CSV UTF-8"},
		"ods":                     {"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "1:1: this is an OpenDocument spreadsheet (.ods)"},
		"zip":                     {"PK\x03\x04…", "1:1: this is a ZIP archive"},
		"xls":                     {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "1:1: this is an Excel workbook of the old format (.xls)"},
		"HTML":                    {"<html><table>", "1:1: this is HTML or XML, not CSV"},
		"YAML":                    {"# fleet\n---\ndevices:\n  - name: a\n", "1:1: this is YAML, not CSV"},
		"JSON":                    {` {"count": 1}`, "1:1: this is JSON, not CSV"},
		"nothing":                 {"\ufeff\r\n;;\r\n", "1:1: the inventory is empty"},
		"nothing but a separator": {"sep=;", "1:1: the inventory is empty"},
	} {
		for _, parse := range []func() error{
			func() error { _, err := inventory.Parse([]byte(row.data), inventory.CSV, real); return err },
			func() error {
				_, err := inventory.Import([]byte(row.data), inventory.Source{Format: "csv"}, real)
				return err
			},
		} {
			err := parse()
			require.Error(t, err, name)
			assert.True(t, strings.HasPrefix(err.Error(), row.want), "%s: %s", name, err)
			assert.NotContains(t, err.Error(), "s3cret", name)
		}
	}
	for _, workbook := range []string{"PK\x03\x04…xl/workbook.xml", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"} {
		_, err := inventory.Parse([]byte(workbook), inventory.YAML, real)
		assert.ErrorContains(t, err, "this is an Excel workbook")
	}
}

func TestColumnsAreMapped(t *testing.T) {
	t.Parallel()
	const data = "Device,IP Address,Region,Site,Tags,Vendor,\"Notes, old\"\na,192.0.2.1/24,emea north,ams,canary ams,AudioCodes,x\n"
	mapped, err := inventory.ParseMap(`IP Address=url, region=tags ,SITE=Tags,"device=name"`)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"ip_address": "url", "region": "tags", "site": "tags", "device": "name"}, mapped)
	_, err = inventory.Import([]byte(data), inventory.Source{Format: "csv", Map: mapped}, real)
	require.ErrorContains(t, err, `unknown columns "Vendor", "Notes, old"`)
	read, imported := imports(t, []byte(data), inventory.Source{Format: "csv", Map: mapped, IgnoreUnknown: true})
	assert.Equal(t, []inventory.Device{{Name: "a", URL: "https://192.0.2.1", Tags: []string{"emea", "north", "ams", "canary"}}}, read.Devices)
	assert.Equal(t, []string{`columns left out: "Vendor", "Notes, old"`}, imported.Notes)

	_, err = inventory.Import([]byte("name,url\na,b\n"), inventory.Source{Format: "csv", Map: mapped}, real)
	assert.ErrorContains(t, err, "--map names a column that is not there")
	_, err = inventory.Import([]byte("name,url,IP Address\na,b,c\n"), inventory.Source{Format: "csv", Map: map[string]string{"ip_address": "url"}}, real)
	assert.ErrorContains(t, err, `the columns "url" and "IP Address" both stand for url`)

	for text, want := range map[string]string{
		"IP Address":         "is not of the form COLUMN=KEY",
		"=url":               "is not of the form COLUMN=KEY",
		"":                   "is no list of COLUMN=KEY",
		"a=ip":               `there is no key "ip"; the keys are all_roots, `,
		"a=waivers":          "there is no key",
		"a=":                 "there is no key",
		"a=password":         "a password never stands in an inventory",
		"Password=username":  "a password never stands in an inventory",
		"a=url,A=name":       `the column "A" is given twice`,
		"a=url,\"b=\n=tags,": "",
	} {
		_, err := inventory.ParseMap(text)
		require.Error(t, err, text)
		assert.ErrorContains(t, err, want, text)
	}
	mapped, err = inventory.ParseMap(`"Notes, old=tags",a=b=name,Password Env=password_env`)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"notes,_old": "tags", "a=b": "name", "password_env": "password_env"}, mapped)
}

func TestTheExportOfOVOCIsReadByAssumption(t *testing.T) {
	t.Parallel()
	const data = "Device Name;IP Address;Tenant;Region;Product Type;Serial Num\r\nAMS 1 (main);192.0.2.1;Contoso;North America;Mediant VE;1\r\nlon;192.0.2.2;Contoso;;;\r\n"
	read, imported := imports(t, []byte(data), inventory.Source{Format: "ovoc"})
	assert.Equal(t, []inventory.Device{
		{Name: "AMS-1-main", URL: "https://192.0.2.1", Tags: []string{"Contoso", "North-America"}},
		{Name: "lon", URL: "https://192.0.2.2", Tags: []string{"Contoso"}},
	}, read.Devices)
	notes := strings.Join(imported.Notes, "\n")
	assert.Contains(t, notes, "assumed of OVOC's export: ")
	assert.Contains(t, notes, `columns left out: "Product Type", "Serial Num"`)
	assert.Contains(t, notes, `"AMS 1 (main)" is AMS-1-main`)

	// What --map says wins.
	read, _ = imports(t, []byte("Name,Label,Address,FQDN\na,b,192.0.2.1,sbc.example\n"),
		inventory.Source{Format: "ovoc", Map: map[string]string{"fqdn": "url", "label": "name"}})
	assert.Equal(t, []inventory.Device{{Name: "b", URL: "https://sbc.example"}}, read.Devices)
	_, err := inventory.Import([]byte("Name,Address,FQDN\na,192.0.2.1,sbc.example\n"), inventory.Source{Format: "ovoc"}, real)
	assert.ErrorContains(t, err, `the columns "Address" and "FQDN" both stand for url; --map COLUMN=url decides`)
}
