package audiocodes_test

import (
	"context"

	"github.com/acfix/acfix/audiocodes"
)

// The vendor's documented answers.
const (
	statusJSON = `{"localTimeStamp":"2026-11-22T03:00:00.000Z","ipAddress":"192.0.2.10","subnetMask":"255.255.255.0",` +
		`"defaultGateway":"192.0.2.1","productType":"Mediant VE SBC","versionID":"7.40A.500.357","protocolType":"SIP",` +
		`"operationalState":"UNLOCKED","highAvailability":"Not Operational","serialNumber":"239871234567890",` +
		`"macAddress":"00908f5b1035","systemUpTime":1234567,"saveNeeded":"false","resetNeeded":false,"osType":"Linux"}`
	iniText = ";Board: Mediant VE SBC\r\n;Software Version: 7.40A.500.357\r\n\r\n[SIP Params]\r\n\r\nSIPGATEWAYNAME = 'sbc.example.com'\r\n\r\n" +
		"[ TLSContexts ]\r\n\r\nFORMAT Index = Name, TLSVersion;\r\nTLSContexts 0 = \"default\", 0;\r\n\r\n[ \\TLSContexts ]\r\n"
	partialINI   = "[ TLSContexts ]\r\nFORMAT Index = Name, TLSVersion;\r\nTLSContexts 1 = \"Teams\", 12;\r\n[ \\TLSContexts ]\r\n"
	alarmsJSON   = `{"alarms":[{"id":"1","description":"Trunk is down","url":"/api/v1/alarms/active/1"}],"cursor":{"after":"-1","before":"-1"}}`
	rootAdded    = `{"description":"Trusted root certificate was successfully added"}`
	octetStream  = "application/octet-stream"
	loginPage    = "<!DOCTYPE html>\n<html><body>Web Login</body></html>"
	addPath      = "/files/tls/1/trustedRoot/incremental"
	storePath    = "/files/tls/1/trustedRoot"
	certificate1 = "/files/tls/1/certificate"
	loadPath     = "/files/ini/incremental"
	savePath     = "/actions/saveConfiguration"
)

// operation is one method of the client and the request that it makes.
type operation struct {
	name, method, path string
	limit              int // of the answer, in bytes
	run                func(context.Context, *audiocodes.Client) error
}

func (o operation) route() string { return o.method + " " + o.path }

var readOperations = []operation{
	{"Status", "GET", "/status", 1 << 20, func(ctx context.Context, c *audiocodes.Client) error {
		_, err := c.Status(ctx)
		return err
	}},
	{"Configuration", "GET", "/files/ini", 32 << 20, func(ctx context.Context, c *audiocodes.Client) error {
		_, err := c.Configuration(ctx)
		return err
	}},
	{"TrustedRoots", "GET", storePath, 8 << 20, func(ctx context.Context, c *audiocodes.Client) error {
		_, err := c.TrustedRoots(ctx, 1)
		return err
	}},
	{"Certificate", "GET", certificate1, 1 << 20, func(ctx context.Context, c *audiocodes.Client) error {
		_, err := c.Certificate(ctx, 1)
		return err
	}},
	{"ActiveAlarms", "GET", "/alarms/active", 1 << 20, func(ctx context.Context, c *audiocodes.Client) error {
		_, err := c.ActiveAlarms(ctx)
		return err
	}},
}

var writeOperations = []operation{
	{"AddTrustedRoot", "PUT", addPath, 256 << 10, func(ctx context.Context, c *audiocodes.Client) error {
		return c.AddTrustedRoot(ctx, 1, []byte(rootPEM("A")))
	}},
	{"ReplaceTrustedRoots", "PUT", storePath, 256 << 10, func(ctx context.Context, c *audiocodes.Client) error {
		return c.ReplaceTrustedRoots(ctx, 1, []byte(rootPEM("A", "B")), []byte(rootPEM("A")))
	}},
	{"LoadIncremental", "PUT", loadPath, 256 << 10, func(ctx context.Context, c *audiocodes.Client) error {
		return c.LoadIncremental(ctx, []byte(partialINI))
	}},
	{"Save", "POST", savePath, 256 << 10, func(ctx context.Context, c *audiocodes.Client) error {
		return c.Save(ctx)
	}},
}

func allOperations() []operation {
	return append(append([]operation(nil), readOperations...), writeOperations...)
}

// documented are the answers of a device that is well.
func documented() answers {
	return answers{
		"GET /status":         sayJSON(200, statusJSON),
		"GET /files/ini":      say(200, octetStream, iniText),
		"GET " + storePath:    say(200, octetStream, rootPEM("A", "B")),
		"GET " + certificate1: say(200, octetStream, rootPEM("Device")),
		"GET /alarms/active":  sayJSON(200, alarmsJSON),
		"PUT " + addPath:      sayJSON(200, rootAdded),
		"PUT " + storePath:    sayJSON(200, `{"description":"Trusted root certificates were successfully loaded"}`),
		"PUT " + loadPath:     sayJSON(200, `{"description":"Incremental INI file was loaded."}`),
		"POST " + savePath:    say(200, "", ""),
	}
}
