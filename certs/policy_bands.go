package certs

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	"go.yaml.in/yaml/v3"
)

var firmwareNames = []string{"newest_line", "upgrade_procedure_below", "bands", "doubts"}

func (d *policyDecoder) firmware(node *yaml.Node) {
	for key, value := range d.Entries(node, "firmware is keys and values") {
		switch key.Value {
		case "newest_line":
			d.policy.newest = d.version(value, lineText, "7.60")
		case "upgrade_procedure_below":
			d.policy.minimum = d.version(value, versionText, "7.20.204.549")
		case "bands":
			for _, item := range d.Items(value, "bands is a list") {
				d.band(item)
			}
		case "doubts":
			for _, item := range d.Items(value, "doubts is a list") {
				d.doubt(item)
			}
		default:
			d.known(key, firmwareNames)
		}
	}
}

var (
	versionText = regexp.MustCompile(`^\d{1,3}\.\d{2}(\.\d{1,3}){0,2}$`)
	lineText    = regexp.MustCompile(`^\d{1,3}\.\d{2}$`)
	boundText   = regexp.MustCompile(`^(>=|<) (0|\d{1,3}\.\d{2}(\.\d{1,3}){0,2})$`)
)

func (d *policyDecoder) version(value *yaml.Node, form *regexp.Regexp, such string) string {
	text, ok := d.Text(value)
	if ok && !form.MatchString(text) {
		d.Wrong(value, "a version in plain numbers is wanted here, in quotes, such as %q", such)
		return ""
	}
	return text
}

// versions reads a range of firmware: bounds with >= and <, separated by commas.
func (d *policyDecoder) versions(value *yaml.Node) version.Constraints {
	text, ok := d.Text(value)
	if !ok {
		return nil
	}
	bounds := strings.Split(text, ", ")
	wrong := func(bound string) bool { return !boundText.MatchString(bound) }
	if len(bounds) > 2 || slices.ContainsFunc(bounds, wrong) {
		d.Wrong(value, "versions are bounds in plain numbers, such as \">= 7.40.300, < 7.40.600\" for 7.40A.300 up to 7.40A.600")
		return nil
	}
	constraints, err := version.NewConstraint(text)
	if err != nil {
		d.Wrong(value, "versions can't be read: %s", err)
	}
	return constraints
}

func (d *policyDecoder) band(node *yaml.Node) {
	b, says := band{noBundle: true}, 0
	for key, value := range d.Entries(node, "a band is keys and values") {
		switch key.Value {
		case "versions":
			b.firmware = d.versions(value)
		case "since":
			b.since, _ = d.Text(value)
		case "brings":
			b.noBundle, b.missing = d.brings(value)
			says++
		case "lacks":
			b.noBundle, b.missing = false, d.rootNames(value)
			says++
		default:
			d.known(key, []string{"versions", "since", "brings", "lacks"})
		}
	}
	switch {
	case node.Kind != yaml.MappingNode:
		return
	case says != 1:
		d.Wrong(node, "a band has either brings (all, none or a list of roots) or lacks (a list of roots)")
	case b.firmware == nil && d.Err() == nil:
		d.Wrong(node, "the band has no versions")
	case !b.noBundle && b.since == "":
		d.Wrong(node, "a band that brings roots says since which release: since: \"7.4.300\"")
	}
	d.policy.bands = append(d.policy.bands, b)
}

// brings reads all, none or the names of roots, and returns those that are missing.
func (d *policyDecoder) brings(value *yaml.Node) (noBundle bool, missing []string) {
	if value.Kind != yaml.SequenceNode {
		text, ok := d.Text(value)
		if ok && text != "all" && text != "none" {
			d.Wrong(value, "all, none or a list of roots is wanted here")
		}
		return text != "all", nil
	}
	brought := d.rootNames(value)
	for _, root := range d.policy.roots {
		if !slices.Contains(brought, root.Name) {
			missing = append(missing, root.Name)
		}
	}
	return false, missing
}

// rootNames reads a list of the policy's roots.
func (d *policyDecoder) rootNames(value *yaml.Node) (names []string) {
	for _, item := range d.Texts(value, false) {
		if name, ok := d.rootName(item); ok {
			names = append(names, name)
		}
	}
	return names
}

func (d *policyDecoder) rootName(item *yaml.Node) (string, bool) {
	name, ok := d.Text(item)
	if !ok {
		return "", false
	}
	if !slices.ContainsFunc(d.policy.roots, func(root Root) bool { return root.Name == name }) {
		d.Wrong(item, "the policy has no root %q", name)
		return "", false
	}
	return name, true
}

func (d *policyDecoder) doubt(node *yaml.Node) {
	var one doubt
	for key, value := range d.Entries(node, "a doubt is keys and values") {
		switch key.Value {
		case "root":
			one.root, _ = d.rootName(value)
		case "versions":
			one.firmware = d.versions(value)
		default:
			d.known(key, []string{"root", "versions"})
		}
	}
	if node.Kind == yaml.MappingNode && (one.root == "" || one.firmware == nil) && d.Err() == nil {
		d.Wrong(node, "a doubt has a root and versions")
	}
	d.policy.doubts = append(d.policy.doubts, one)
}

func (d *policyDecoder) observations(node *yaml.Node) {
	for _, item := range d.Items(node, "observations is a list") {
		d.observation(item)
	}
}

func (d *policyDecoder) observation(node *yaml.Node) {
	var seen Observation
	for key, value := range d.Entries(node, "an observation is keys and values") {
		switch key.Value {
		case "firmware":
			seen.Firmware = d.build(value)
		case "by":
			seen.By, _ = d.Text(value)
		case "date":
			seen.Date = d.day(value)
		case "roots":
			seen.Roots = d.seenRoots(value)
		default:
			d.known(key, []string{"firmware", "by", "date", "roots"})
		}
	}
	whole := seen.Firmware != "" && seen.By != "" && seen.Date != "" && len(seen.Roots) > 0
	if node.Kind == yaml.MappingNode && !whole && d.Err() == nil {
		d.Wrong(node, "an observation says which firmware, by whom, on which date, and which roots (all, or a list)")
	}
	d.policy.observations = append(d.policy.observations, seen)
}

func (d *policyDecoder) seenRoots(value *yaml.Node) (names []string) {
	if value.Kind != yaml.ScalarNode {
		return d.rootNames(value)
	}
	if text, ok := d.Text(value); ok && text != "all" {
		d.Wrong(value, "all or a list of roots is wanted here")
	}
	for _, root := range d.policy.roots {
		names = append(names, root.Name)
	}
	return names
}

var buildText = regexp.MustCompile(`^(\d{1,3})\.(\d{2})([A-Za-z]{1,2})\.(\d{1,3})\.(\d{1,3})$`)

func (d *policyDecoder) build(value *yaml.Node) string {
	text, ok := d.Text(value)
	if ok && !buildText.MatchString(text) {
		d.Wrong(value, "a firmware is written as the device does, with its build: 7.40A.604.077")
		return ""
	}
	return text
}

// sameBuild compares two firmware versions as devices write them; leading zeros and the case of letters don't matter.
func sameBuild(a, b string) bool {
	of := func(text string) (parts []string) {
		for _, part := range buildText.FindStringSubmatch(strings.TrimSpace(text)) {
			parts = append(parts, strings.ToUpper(strings.TrimLeft(part, "0")))
		}
		return parts
	}
	first, second := of(a), of(b)
	return len(first) > 0 && len(second) > 0 && slices.Equal(first[1:], second[1:])
}
