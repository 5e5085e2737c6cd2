package changepackage

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/acfix/acfix/remediate"
)

// Folders returns a name for the folder of each device, no two of which are the same on any file system.
func Folders(devices []remediate.DevicePlan) []string {
	names := make([]string, len(devices))
	taken := map[string]bool{}
	for i, device := range devices {
		plain := folderOf(device)
		names[i] = plain
		for n := 2; taken[strings.ToLower(names[i])]; n++ {
			names[i] = fmt.Sprintf("%s-%d", plain, n)
		}
		taken[strings.ToLower(names[i])] = true
	}
	return names
}

// folderOf is a device's name, or that of its file, in characters that every file system takes.
func folderOf(device remediate.DevicePlan) string {
	name := device.Target
	if device.Source.IsFile() {
		name = filepath.Base(name)
	}
	if _, address, isURL := strings.Cut(name, "://"); isURL {
		name = address
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, name), ".-")
	if name == "" {
		return "device"
	}
	return name
}
