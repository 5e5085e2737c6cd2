package inventory

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ansible is an inventory as "ansible-inventory --list" prints it.
type ansible struct {
	*importer
	groups   []group
	hostvars map[string]*yaml.Node
	hosts    []string              // in the order of the file
	places   map[string]*yaml.Node // of each host
	secrets  map[string]int        // hosts by variables that were not copied
}

// group is one group of hosts with its own variables.
type group struct {
	name            string
	hosts, children map[string]bool
	vars            *yaml.Node
}

// ansibleTree reads hosts, with their groups as tags: those that a host is in by a child of theirs
// too, but not "all" and "ungrouped".
func ansibleTree(data []byte, source Source) (*yaml.Node, remarks, Errors) {
	root, problem := jsonTree(data)
	if problem != nil {
		return nil, remarks{}, Errors{*problem}
	}
	a := &ansible{
		importer: &importer{used: map[string]bool{}},
		hostvars: map[string]*yaml.Node{}, places: map[string]*yaml.Node{}, secrets: map[string]int{},
	}
	a.read(root)
	for _, host := range a.hosts {
		a.host(host, source.Map)
	}
	if len(a.secrets) > 0 {
		a.remarks.further = append(a.remarks.further, "passwords and vault values are never copied: "+a.secretsList())
	}
	return a.finish(source.Map)
}

func (a *ansible) secretsList() string {
	var all []string
	for name, hosts := range a.secrets {
		all = append(all, fmt.Sprintf("%s (hosts: %d)", name, hosts))
	}
	slices.Sort(all)
	return listing(all)
}

func (a *ansible) read(root *yaml.Node) {
	meta := field(root, "_meta")
	if meta == nil && field(root, "all") == nil {
		a.Wrong(root, `this is not what "ansible-inventory --list" prints: neither _meta nor all is in it`)
		return
	}
	for name, node := range a.Entries(root, "groups are wanted here") {
		if name.Value == "_meta" {
			a.readVariables(node)
			continue
		}
		a.readGroup(name.Value, node)
	}
}

func (a *ansible) readVariables(meta *yaml.Node) {
	hostvars := field(meta, "hostvars")
	if hostvars == nil {
		return
	}
	for host, variables := range a.Entries(hostvars, "hostvars are an object") {
		if variables.Kind != yaml.MappingNode {
			a.Wrong(variables, "the variables of a host are an object")
			continue
		}
		a.hostvars[host.Value] = variables
		a.meet(host)
	}
}

func (a *ansible) meet(host *yaml.Node) {
	if a.places[host.Value] == nil {
		a.hosts, a.places[host.Value] = append(a.hosts, host.Value), host
	}
}

// readGroup reads a group; old inventory scripts have a list of hosts in its place.
func (a *ansible) readGroup(name string, node *yaml.Node) {
	read := group{name: name}
	if node.Kind == yaml.SequenceNode {
		read.hosts = a.members(node, true)
		a.groups = append(a.groups, read)
		return
	}
	if node.Kind != yaml.MappingNode {
		a.Wrong(node, "a group is an object or a list of hosts")
		return
	}
	read.hosts = a.members(field(node, "hosts"), true)
	read.children = a.members(field(node, "children"), false)
	read.vars = field(node, "vars")
	a.groups = append(a.groups, read)
}

func (a *ansible) members(list *yaml.Node, hosts bool) map[string]bool {
	names := map[string]bool{}
	if list == nil {
		return names
	}
	for _, item := range a.Items(list, "a list of names is wanted here") {
		if item.ShortTag() != "!!str" {
			a.Wrong(item, "a name is wanted here")
			continue
		}
		names[item.Value] = true
		if hosts {
			a.meet(item)
		}
	}
	return names
}

// above are the groups that a host is in, the nearest first.
func (a *ansible) above(host string) []group {
	var found []group
	holds := func(g group) bool { return g.hosts[host] }
	for {
		before := len(found)
		for _, g := range a.groups {
			known := slices.ContainsFunc(found, func(other group) bool { return other.name == g.name })
			if !known && holds(g) {
				found = append(found, g)
			}
		}
		if len(found) == before {
			return found
		}
		level := slices.Clone(found)
		holds = func(g group) bool {
			return slices.ContainsFunc(level, func(child group) bool { return g.children[child.name] })
		}
	}
}

func (a *ansible) host(name string, mapping map[string]string) {
	place, groups := a.places[name], a.above(name)
	find := func(variable string) *yaml.Node { return a.variable(name, groups, variable) }
	address, why := a.address(name, find)
	if why != "" {
		a.remarks.without = append(a.remarks.without, strconv.Quote(name)+" ("+why+")")
		return
	}
	a.noteSecrets(name, groups)
	device := a.device(place)
	device.mapped(mapping, find)
	device.put("name", name, place)
	device.put("url", address, place)
	if user := firstOf(find, "ansible_user", "ansible_ssh_user"); user != nil && !isTemplate(user) {
		device.put("username", textOf(user), user)
	}
	for _, g := range a.groups { // in the order of the file
		member := slices.ContainsFunc(groups, func(other group) bool { return other.name == g.name })
		if member && g.name != "all" && g.name != "ungrouped" {
			device.tag(g.name, place)
		}
	}
	device.add()
}

// variable is the host's own, or that of the nearest group.
func (a *ansible) variable(host string, groups []group, name string) *yaml.Node {
	if own := a.hostvars[host]; own != nil {
		if value := fieldAt(own, name); value != nil {
			return value
		}
	}
	for _, g := range groups {
		if value := fieldAt(g.vars, name); value != nil {
			return value
		}
	}
	return nil
}

func firstOf(find func(string) *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		if value := find(name); value != nil {
			return value
		}
	}
	return nil
}

// isTemplate is for values that Ansible fills in only when it runs, and for encrypted ones.
func isTemplate(value *yaml.Node) bool {
	return value.Kind != yaml.ScalarNode || strings.Contains(value.Value, "{{")
}

const sshPort = "22" // of Ansible's usual connection; the REST interface is not there

// address is where a host is reached, or why it can't be said.
func (a *ansible) address(name string, find func(string) *yaml.Node) (address, why string) {
	if connection := find("ansible_connection"); connection != nil && connection.Value == "local" {
		return "", "its connection is local"
	}
	address = name
	if host := firstOf(find, "ansible_host", "ansible_ssh_host"); host != nil {
		if isTemplate(host) {
			return "", "its ansible_host is a template or encrypted"
		}
		address = textOf(host)
	}
	port := firstOf(find, "ansible_httpapi_port", "ansible_port", "ansible_ssh_port")
	if port == nil || port.Value == sshPort {
		return address, ""
	}
	if isTemplate(port) {
		return "", "its ansible_port is a template or encrypted"
	}
	if _, err := strconv.ParseUint(port.Value, 10, 16); err != nil {
		a.Wrong(port, "%q is no port", port.Value)
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), port.Value), ""
}

// noteSecrets counts what is left behind: variables of passwords, and encrypted values.
func (a *ansible) noteSecrets(host string, groups []group) {
	sources := []*yaml.Node{a.hostvars[host]}
	for _, g := range groups {
		sources = append(sources, g.vars)
	}
	seen := map[string]bool{}
	for _, variables := range sources {
		for i := 0; variables != nil && variables.Kind == yaml.MappingNode && i+1 < len(variables.Content); i += 2 {
			name, value := variables.Content[i].Value, variables.Content[i+1]
			if !seen[name] && (isPassword(columnName(name)) || valueOf(value, "__ansible_vault") != nil) {
				seen[name] = true
				a.secrets[name]++
			}
		}
	}
}
