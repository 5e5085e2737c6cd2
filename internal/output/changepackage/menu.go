package changepackage

import (
	"github.com/acfix/acfix/audiocodes"
)

// menu has the paths of the web interface of a firmware line.
type menu struct {
	contexts string // the table of TLS Contexts
	alarms   string
	export   string // of the whole configuration
	partial  string // loading of a partial INI file
	save     string
}

// menus has the paths by the first release that has them, newest first. Sources: eGroup on AudioCodes note MC1213773
// for the TLS Contexts; AudioCodes User's Manuals 7.4, 7.2 and 7.0 for the others.
var menus = []struct {
	major, minor int
	menu
}{
	{7, 20, menu{
		contexts: "Setup > IP Network > Security > TLS Contexts",
		alarms:   "Monitor > Summary > Active Alarms",
		export:   "Setup > Administration > Maintenance > Configuration File",
		partial:  `Setup > Administration > Maintenance > Auxiliary Files, "INI file (incremental)"`,
		save:     `the button "Save" on the toolbar`,
	}},
	{0, 0, menu{
		contexts: "Configuration > System > TLS Contexts",
		alarms:   "Status & Diagnostics > System Status > Active Alarms",
		export:   "Maintenance > Software Update > Configuration File",
		partial:  `Maintenance > Software Update > Load Auxiliary Files, "INI file (incremental)"`,
		save:     `Maintenance > Maintenance > Maintenance Actions, "Burn"`,
	}},
}

// menuOf returns the paths for a firmware; those of the newest line if it can't be read.
func menuOf(firmware string) menu {
	version, err := audiocodes.ParseFirmware(firmware)
	if err != nil {
		return menus[0].menu
	}
	for _, row := range menus {
		if version.Major > row.major || version.Major == row.major && version.Minor >= row.minor {
			return row.menu
		}
	}
	return menus[0].menu
}
