package main

import (
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/spf13/pflag"
)

// defaultParallel is how many devices are worked on at a time without --parallel.
const defaultParallel = run.DefaultParallel

// usages are the help texts of settings, by the names of their flags.
type usages map[string]string

var choiceUsages = usages{
	"proxy-set":             "the Teams Proxy Set, by name or index",
	"sip-interface":         "the Teams SIP Interface, by name or index",
	"tls-context":           "the Teams TLS Context, by name or index",
	"all-roots":             "import all required roots, whatever the firmware includes",
	"include-non-mtls":      "plan even if mutual TLS is off",
	"save-unsaved":          "save even though the device has unsaved changes by others",
	"allow-shared-context":  "change the TLS Context even if others use it too",
	"allow-default-context": "import into TLS Context 0 too; its bundle switch is never touched",
	"no-cert-check":         "do not read and judge the SBC's own certificate",
}

var orderUsages = usages{
	"parallel": "devices at a time",
	"batch": "waves in order, each a tag:NAME, a percentage or a count, cumulative; the rest comes last " +
		"(apply on more than ten devices: " + run.DefaultBatch + ")",
	"soak":  "time to wait after a wave before its devices are read again: a lost change or a new alarm is a failure",
	"pause": "time to wait between waves",
	"max-failures": "start no further device once more than this many, or this percentage, failed after they were " +
		"written to (default 3)",
	"max-unreachable": "start no further device once more than this many, or this percentage, could not be read " +
		"(default 10%, at least 3)",
	"window": "start devices inside this change window only, to read and to write, " +
		"such as \"Sat,Sun 22:00-04:00 Europe/Berlin\"",
}

var policyUsages = usages{
	"policy": "which roots are required, and how the leg is recognised: a built-in policy or a file " +
		"(default " + certs.DefaultPolicy + ")",
	"trust-policy": "SHA-256 of a policy file whose roots are accepted without a question",
}

var (
	lockUsage  = usages{"lock-timeout": "how long to wait for another run on the same device"}
	ageUsage   = usages{"max-age": "how old a saved plan may be"}
	proxyUsage = usages{"proxy": "reach the devices through this proxy: socks5://HOST:PORT, socks5h://, http:// or " +
		"https://; TLS still ends at the device"}
)

// restoreRunUsages are the flags of a restore of many devices.
var restoreRunUsages = usages{
	"parallel": orderUsages["parallel"], "batch": orderUsages["batch"], "pause": orderUsages["pause"],
	"max-failures": orderUsages["max-failures"], "max-unreachable": orderUsages["max-unreachable"],
	"window": orderUsages["window"],
}

// bind registers the flags of settings, with their current values as defaults.
func bind(flags *pflag.FlagSet, settings *run.Settings, all ...usages) {
	fields := settings.Fields()
	for _, group := range all {
		for name, usage := range group {
			flag := flags.VarPF(fields[name], name, "", usage)
			switch {
			case flag.Value.Type() == "bool":
				flag.NoOptDefVal = "true"
			case flag.DefValue == "0s": // which the library would show as a default
				flag.DefValue = ""
			}
		}
	}
}
