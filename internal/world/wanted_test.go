package world

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/mockdevice"
)

// The judge's own table of the seven roots and of the rule by firmware (eGroup on AudioCodes note
// MC1213773; Microsoft's list of December 2025). It is written down here a second time on purpose:
// a mistake in package certs must not be the judge's too.
var sevenRoots = []requiredRoot{
	{"DigiCert Global Root CA", "4348a0e9444c78cb265e058d5e8944b4d84f9662bd26db257f8934a443c70161", false},
	{"DigiCert Global Root G2", "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f", false},
	{"DigiCert Global Root G3", "31ad6648f8104138c738f39ea4320133393e3a18cc02296ef97c2ac9ef6731d0", false},
	{"DigiCert TLS ECC P384 Root G5", "018e13f0772532cf809bd1b17281867283fc48c6e13be9c69812854a490c1b05", true},
	{"DigiCert TLS RSA4096 Root G5", "371a00dc0533b3721a7eeb40e8419e70799d2b0a0f2c1d80693165f7cec4ad75", true},
	{"Microsoft ECC Root Certificate Authority 2017", "358df39d764af9e1b766e9c972df352ee15cfac227af6ad1d70e8e4a6edcba02", false},
	{"Microsoft RSA Root Certificate Authority 2017", "c741f70f4b2a8d88bf2e71c14122ef53ef10eba0cfa5e64cfa20f418853073e0", false},
}

type requiredRoot struct {
	name, sha256 string
	late         bool // not in the bundles of 7.4.300 to 7.4.500
}

const (
	tlsContexts  = "TLSContexts"
	bundleSwitch = "UseDefaultCABundle"
)

// wish is what a device should hold when an apply is done with it.
type wish map[mockdevice.Item]bool

// wishes are the switch and the roots that the rule asks for in the contexts of the Teams leg.
func (c *Chronicle) wishes(held mockdevice.Holding, act Act) wish {
	wanted := wish{}
	for _, id := range c.teams(held) {
		item := mockdevice.CellItem(tlsContexts, id, bundleSwitch)
		_, has := held[item]
		canSwitch := has && id >= 1 && id <= 4
		if canSwitch {
			wanted[item] = true
		}
		for _, root := range sevenRoots {
			if act.AllRoots || !canSwitch || !bundled(c.Firmware, root.late) {
				wanted[mockdevice.RootItem(id, root.sha256)] = true
			}
		}
	}
	return wanted
}

var versionForm = regexp.MustCompile(`^(\d+)\.(\d+)[A-Z]*\.(\d+)`)

// bundled: the default CA bundle of this firmware brings the root.
func bundled(firmware string, late bool) bool {
	parts := versionForm.FindStringSubmatch(firmware)
	if parts == nil {
		return false
	}
	var line, feature int
	_, _ = fmt.Sscan(parts[1]+parts[2], &line)
	_, _ = fmt.Sscan(parts[3], &feature)
	switch {
	case line == 760, line == 740 && feature >= 600:
		return true
	case line == 740 && feature >= 300:
		return !late
	default:
		return false
	}
}

var teamsHost = regexp.MustCompile(
	`(?i)^[a-z0-9.-]+\.pstnhub\.(microsoft\.com|gov\.teams\.microsoft\.us|dod\.teams\.microsoft\.us)\.?(:\d+)?$`)

// teams is teamsContexts, looked up once for each state of the device.
func (c *Chronicle) teams(held mockdevice.Holding) []int {
	key := reflect.ValueOf(held).Pointer()
	ids, known := c.legs[key]
	if !known {
		ids = teamsContexts(held)
		c.legs[key] = ids
	}
	return ids
}

// teamsContexts are the TLS Contexts that serve the Teams Proxy Sets, by Proxy Set and by SIP
// Interface.
func teamsContexts(held mockdevice.Holding) []int {
	var ids []int
	for item, value := range held {
		if item.Kind != mockdevice.ItemCell || item.Table != "ProxyIp" || item.Column != "IpAddress" ||
			!teamsHost.MatchString(value) {
			continue
		}
		for _, name := range contextNames(held, held[mockdevice.CellItem("ProxyIp", item.Row, "ProxySetId")]) {
			if id, ok := rowNamed(held, tlsContexts, "Name", name); ok && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

func contextNames(held mockdevice.Holding, proxySet string) []string {
	var names []string
	for item, value := range held {
		if item.Table != "ProxySet" || fmt.Sprint(item.Row) != proxySet || value == "" {
			continue
		}
		switch {
		case item.Column == "TLSContextName":
			names = append(names, value)
		case strings.HasSuffix(item.Column, "SIPInterfaceName"):
			if row, ok := rowNamed(held, "SIPInterface", "InterfaceName", value); ok {
				names = append(names, held[mockdevice.CellItem("SIPInterface", row, "TLSContext")])
			}
		}
	}
	return names
}

func rowNamed(held mockdevice.Holding, table, column, name string) (row int, ok bool) {
	for item, value := range held {
		if item.Table == table && item.Column == column && strings.EqualFold(value, name) && name != "" {
			return item.Row, true
		}
	}
	return 0, false
}
