package access

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/textfile"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Argument is what an argument of the command line stands for, as a noun for messages.
type Argument string

// What arguments stand for.
const (
	ArgDevice        Argument = "an address" // or the name of a device
	ArgPlan          Argument = "a saved plan"
	ArgInventory     Argument = "a list of devices" // an inventory, or a table to import
	ArgCertificates  Argument = "a file of certificates"
	ArgConfiguration Argument = "a configuration (INI file)"
	ArgPackage       Argument = "a configuration package"
	ArgFolder        Argument = "a folder"
	ArgFile          Argument = "a file" // of another kind, or a path to nothing
)

// extensions tell files by name, also those that do not exist: no host is called so, and taken for one it
// would be sent a password.
var extensions = map[string]Argument{
	".csv": ArgInventory, ".tsv": ArgInventory, ".tab": ArgInventory, ".yaml": ArgInventory, ".yml": ArgInventory,
	".xlsx": ArgInventory, ".xls": ArgInventory, ".ods": ArgInventory,
	".pem": ArgCertificates, ".crt": ArgCertificates, ".cer": ArgCertificates, ".der": ArgCertificates,
	".p7b": ArgCertificates, ".p7c": ArgCertificates, ".pfx": ArgCertificates, ".p12": ArgCertificates,
	".json": ArgFile, ".ini": ArgConfiguration, ".7z": ArgPackage, ".tgz": ArgPackage, ".gz": ArgPackage,
}

// beginnings tell files by their first bytes.
var beginnings = []struct {
	begins *regexp.Regexp
	kind   Argument
}{
	{regexp.MustCompile(regexp.QuoteMeta(strconv.Quote(remediate.PlanSchema))), ArgPlan}, // its seal is not checked
	{regexp.MustCompile(`-----BEGIN (CERTIFICATE|PKCS7)-----`), ArgCertificates},
	{regexp.MustCompile(`^\s*(;.*\s+)*\[ *[A-Za-z]`), ArgConfiguration},
}

// Classify tells a device from a file. A URL is always a device, and so is what a file is not: whether it
// names one is for ParseDevice and the inventory to say. Where a file exists, its content counts more than its
// name, but for inventories. What exists is never a device: its name would be dialled and sent a password.
func Classify(argument string) Argument {
	named := extensions[strings.ToLower(filepath.Ext(argument))]
	info, err := os.Stat(argument)
	switch {
	case strings.Contains(argument, "://"):
		return ArgDevice
	case named == ArgInventory:
		return named
	case err == nil && info.Mode().IsRegular():
		return classifyContent(argument, named)
	case err == nil && info.IsDir():
		return ArgFolder
	case exists(argument) && named == "": // a pipe, a socket, or a link that leads nowhere
		return ArgFile
	case strings.Contains(argument, "@"): // perhaps with a password, which ParseDevice does not repeat
		return ArgDevice
	case named != "":
		return named
	case strings.ContainsRune(argument, os.PathSeparator):
		return ArgFile
	default:
		return ArgDevice
	}
}

// exists reports whether a path leads to anything, a link that leads nowhere included.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func classifyContent(path string, named Argument) Argument {
	var head []byte
	if file, err := os.Open(path); err == nil {
		head, _ = io.ReadAll(io.LimitReader(file, 512)) // less is no plan
		_ = file.Close()
	}
	text := string(textfile.UTF8(head))
	for _, row := range beginnings {
		if row.begins.MatchString(text) {
			return row.kind
		}
	}
	return cmp.Or(named, ArgFile)
}

// insteadOfDevice says what to do with a file where a device is to be named; %s is the file.
var insteadOfDevice = map[Argument]string{
	ArgPlan:         "acfix show %s, or acfix apply %s",
	ArgInventory:    "give an inventory with -i %s",
	ArgCertificates: "acfix cert check %s",
	ArgConfiguration: "acfix plan %s shows what is to be done, acfix package %s how to do it by hand; " +
		"or name the device that the configuration is from",
	ArgPackage: "acfix plan %s shows what is to be done, acfix package %s how to do it by hand; " +
		"or name the device that the package is from",
	ArgFolder: "acfix plan %s shows what is to be done to the devices whose exports are in it",
	ArgFile:   "give an inventory with -i FILE",
}

// Refuse is the error about a file where a device is to be named.
func (a Argument) Refuse(file string) error {
	path := file
	if IsAddress(file) { // as a path it has to look like one
		path = "." + string(os.PathSeparator) + file
	}
	hint := strings.ReplaceAll(insteadOfDevice[a], "%s", path) +
		"; a device that is called like a file is named by its URL, https://…"
	return usage.Errorf("%s is %s, not a device", file, a).Hint(hint)
}
