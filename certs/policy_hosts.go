package certs

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// hosts reads by which names the leg is recognised. At least one exact name or one zone is needed: without them no
// device would ever have the leg, and every one would count as not applicable.
func (d *policyDecoder) hosts(node *yaml.Node) {
	hosts := &d.policy.Hosts
	lists := []struct {
		name  string
		into  *[]string
		check func(string) string
	}{
		{"exact", &hosts.Exact, wrongHost}, {"below", &hosts.Below, wrongZone}, {"withdrawn", &hosts.Withdrawn, wrongHost},
		{"test", &hosts.Test, wrongHost}, {"lookalike", &hosts.Lookalike, wrongPart},
	}
	for key, value := range d.Entries(node, "hosts has the lists exact, below, withdrawn, test and lookalike") {
		known := false
		for _, list := range lists {
			if list.name == key.Value {
				*list.into, known = d.hostList(value, list.check), true
			}
		}
		if !known {
			d.known(key, []string{"exact", "below", "withdrawn", "test", "lookalike"})
		}
	}
	if node.Kind == yaml.MappingNode && len(hosts.Exact)+len(hosts.Below) == 0 {
		d.Wrong(node, "the leg can't be recognised: hosts has neither exact nor below")
	}
	for _, host := range hosts.Exact {
		if slices.Contains(hosts.Withdrawn, host) {
			d.Wrong(node, "%s can't be both exact and withdrawn", host)
		}
	}
}

// mostHosts bounds one list: every address of every device is compared with it.
const mostHosts = 1000

func (d *policyDecoder) hostList(node *yaml.Node, check func(string) string) (hosts []string) {
	items := d.Texts(node, false)
	if len(items) > mostHosts {
		d.Wrong(node, "there are more than %d of them", mostHosts)
		return nil
	}
	for _, item := range items {
		text, ok := d.Text(item)
		if !ok {
			continue
		}
		host := strings.ToLower(strings.TrimSuffix(text, "."))
		if problem := check(host); problem != "" {
			d.Wrong(item, "%s", problem)
			continue
		}
		if slices.Contains(hosts, host) {
			d.Wrong(item, "%s is listed twice", host)
			continue
		}
		hosts = append(hosts, host)
	}
	return hosts
}

var (
	hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*$`)
	hostPart = regexp.MustCompile(`^[a-z0-9._-]{4,}$`)
)

// wrongHost says what is wrong with the name or address of a host; "" for nothing.
func wrongHost(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	if !hostName.MatchString(host) || len(host) > 253 {
		return "a host is wanted here, without port and wildcard, such as sip.example.com"
	}
	return ""
}

// wrongZone also refuses a zone of one label: every host of a top-level domain would count.
func wrongZone(zone string) string {
	if _, err := netip.ParseAddr(zone); err == nil || !hostName.MatchString(zone) || len(zone) > 253 {
		return "a domain is wanted here, without port and wildcard, such as sip.example.com"
	}
	if !strings.Contains(zone, ".") {
		return "a domain of one label is too wide"
	}
	return ""
}

func wrongPart(part string) string {
	if !hostPart.MatchString(part) {
		return "a part of a host name is wanted here, of four letters or more"
	}
	return ""
}
