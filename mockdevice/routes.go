package mockdevice

import (
	"net/http"
	"strconv"
	"strings"
)

// importRoute adds one root to a store.
const importRoute = "files/tls/*/trustedRoot/incremental"

type handler func(d *Device, c call) answer

// routes are the resources below the prefix. "*" stands for one segment, which the handler finds in call.parts.
var routes = []struct {
	pattern     string
	read, write int // privilege levels
	methods     map[string]handler
}{
	{"status", monitor, monitor, map[string]handler{"GET": (*Device).getStatus}},
	{"files/ini", administrator, administrator, map[string]handler{"GET": (*Device).getINI, "PUT": (*Device).putINI}},
	{"files/ini/incremental", administrator, administrator, map[string]handler{"PUT": (*Device).putIncrementalINI}},
	{"files/cliScript", administrator, administrator,
		map[string]handler{"GET": (*Device).getCLI, "PUT": (*Device).putCLI}},
	{"files/cliScript/incremental", administrator, administrator,
		map[string]handler{"PUT": (*Device).putIncrementalCLI}},
	{"files/tls", administrator, security, map[string]handler{"GET": (*Device).getTLSList}},
	{"files/tls/*/certificate", administrator, security, map[string]handler{"GET": (*Device).getCertificate}},
	{"files/tls/*/privateKey", administrator, security, map[string]handler{"GET": (*Device).getPrivateKey}},
	{"files/tls/*/trustedRoot", administrator, security,
		map[string]handler{"GET": (*Device).getRoots, "PUT": (*Device).putRoots}},
	{importRoute, administrator, security, map[string]handler{"PUT": (*Device).putIncrementalRoot}},
	{"actions/saveConfiguration", administrator, administrator, map[string]handler{"POST": (*Device).postSave}},
	{"actions/reset", administrator, administrator, map[string]handler{"POST": (*Device).postReset}},
	{"alarms/active", monitor, monitor, map[string]handler{"GET": (*Device).getAlarms}},
	{"alarms/active/*", monitor, monitor, map[string]handler{"GET": (*Device).getAlarm}},
	{"alarms/history", monitor, monitor, map[string]handler{"GET": (*Device).getAlarmHistory}},
	{"alarms/history/*", monitor, monitor, map[string]handler{"GET": (*Device).getPastAlarm}},
	{"kpi/current/sbc/callStats/global", monitor, monitor, map[string]handler{"GET": (*Device).getCallStats}},
	{"kpi/current/sbc/callStats/ipGroup", monitor, monitor, map[string]handler{"GET": (*Device).getIPGroups}},
	{"kpi/current/sbc/callStats/ipGroup/*", monitor, monitor, map[string]handler{"GET": (*Device).getIPGroupStats}},
	{"", monitor, monitor, map[string]handler{"GET": (*Device).getIndex}},
}

// The privilege levels ("REST API for Mediant Devices", LTRT-41761); those of the TLS files are assumed (A62).
const (
	monitor       = 50
	administrator = 100
	security      = 200
)

// perform does the work of a call. The lock is held.
func (d *Device) perform(c call) answer {
	if !strings.HasPrefix(c.request.URL.Path, prefix+"/") {
		return d.failure(http.StatusNotFound, "Not found")
	}
	for _, route := range routes {
		parts, matched := matchPath(route.pattern, c.resource)
		if !matched {
			continue
		}
		if delay := d.model.Dialect.ImportDelay; delay > 0 && !c.ripe && route.pattern == importRoute {
			return d.putOff(c, delay)
		}
		c.parts = parts
		level := route.read
		if c.method != http.MethodGet {
			level = route.write
		}
		return d.dispatch(c, route.methods[c.method], level)
	}
	return d.failure(http.StatusNotFound, "Not found")
}

func (d *Device) dispatch(c call, handle handler, level int) answer {
	switch {
	case handle == nil:
		return d.failure(http.StatusMethodNotAllowed, "Method is not supported for this resource")
	case d.model.Level != 0 && d.model.Level < level:
		return d.failure(http.StatusForbidden, "Privilege level is too low")
	case c.method != http.MethodGet && d.busyLeft > 0:
		d.busyLeft--
		return d.failure(http.StatusConflict, "Redundant unit is being synchronized, try again later")
	}
	return d.carryOut(c, handle)
}

func matchPath(pattern, resource string) (parts []string, matched bool) {
	want := strings.Split(pattern, "/")
	have := strings.Split(strings.TrimPrefix(resource, "/"), "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i, segment := range want {
		switch {
		case segment == "*" && have[i] != "":
			parts = append(parts, have[i])
		case segment != have[i]:
			return nil, false
		}
	}
	return parts, true
}

// context returns the TLS Context that a call names.
func (d *Device) context(c call) (int, bool) {
	index, err := strconv.Atoi(c.parts[0])
	return index, err == nil && strconv.Itoa(index) == c.parts[0] && d.ram.hasContext(index)
}
