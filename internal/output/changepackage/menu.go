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
	button   string // that has a red frame while changes wait unsaved
	roots    string // the button that opens the trusted roots of a TLS Context
	doubt    string // what a person has to know about these paths; may be ""
}

// menus has the paths by the first release that has them, newest first. Sources: eGroup on AudioCodes note MC1213773
// for the TLS Contexts; AudioCodes User's Manuals 7.4 and 7.2 for the others. No document at hand confirms those of 7.0
// and before, so the steps say that.
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
		button:   `"Save"`,
		roots:    `"Trusted Root Certificates"`,
	}},
	{0, 0, menu{
		contexts: "Configuration > System > TLS Contexts",
		alarms:   "Status & Diagnostics > System Status > Active Alarms",
		export:   "Maintenance > Software Update > Configuration File",
		partial:  `Maintenance > Software Update > Load Auxiliary Files, "INI file (incremental)"`,
		save:     `the button "Burn" on the toolbar, or Maintenance > Maintenance > Maintenance Actions, "Burn"`,
		button:   `"Burn"`,
		roots:    `"TLS Context Trusted Certificates" (in some versions "Trusted Root Certificates")`,
		doubt: "The menu paths below are those of firmware before 7.2 and were not checked on a device. If a page is not " +
			"where they say, look for one of the same name; if there is none, stop.",
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
