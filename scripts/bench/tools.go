package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// job is one run of one tool.
type job struct {
	task     string
	fleet    *fleet
	parallel int
	folder   string    // empty; for whatever the run writes
	requests []request // of the task, for one device
	file     string    // that holds them
}

// command returns a tool's process for a job.
func (o options) command(ctx context.Context, tool string, j job) (*exec.Cmd, error) {
	switch tool {
	case "acfix":
		return o.acfixCommand(ctx, j)
	case "curl":
		return curlCommand(ctx, j)
	case "ansible":
		return ansibleCommand(ctx, j)
	}
	return bareCommand(ctx, j)
}

// taskArguments returns the arguments of acfix for a task, without targets.
func taskArguments(task string) []string {
	if task == "apply" {
		return []string{"apply", "--yes", "-o", "json"}
	}
	return []string{task, "-o", "json"}
}

// acfixCommand processes all devices in one wave, as the other tools do.
func (o options) acfixCommand(ctx context.Context, j job) (*exec.Cmd, error) {
	arguments := append(taskArguments(j.task), "-i", j.fleet.inventory)
	if o.knows(ctx, "--parallel") {
		arguments = append(arguments, "--parallel", strconv.Itoa(j.parallel))
	}
	if j.task == "apply" && o.knows(ctx, "--batch") {
		arguments = append(arguments, "--batch", "100%")
	}
	var err error
	command := exec.CommandContext(ctx, o.acfix, arguments...)
	command.Env = environment(j.folder)
	command.Stdout, err = os.Create(filepath.Join(j.folder, "result.json"))
	return command, err
}

// knows reports whether this acfix's apply has a flag.
func (o options) knows(ctx context.Context, flag string) bool {
	help, err := exec.CommandContext(ctx, o.acfix, "apply", "--help").Output()
	return err == nil && strings.Contains(string(help), flag+" ")
}

func bareCommand(ctx context.Context, j job) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arguments := []string{"bare", "-requests", j.file, "-devices", j.fleet.targets, "-parallel",
		strconv.Itoa(j.parallel)}
	if j.task == "apply" {
		arguments = append(arguments, "-backups", j.folder)
	}
	return exec.CommandContext(ctx, self, arguments...), nil
}

// curlCommand calls a script through xargs for each address, with one curl per request, as such scripts usually do.
func curlCommand(ctx context.Context, j job) (*exec.Cmd, error) {
	var script strings.Builder
	fmt.Fprintf(&script, "#!/bin/sh\ncd %s && mkdir \"$$\" && cd \"$$\"\n", j.folder)
	synced := j.task != "apply"
	for i, q := range j.requests {
		out := "/dev/null"
		if !synced && q.Method == "GET" {
			out = fmt.Sprintf("answer%d", i)
		} else if !synced {
			script.WriteString("sync answer* .\n")
			synced = true
		}
		fmt.Fprintf(&script, "curl -sS -k -u %s:%s -o %s -X %s -H Expect:", username, password, out, q.Method)
		if q.Method != "GET" {
			body := filepath.Join(j.folder, fmt.Sprintf("body%d", i))
			if err := os.WriteFile(body, q.Body, 0o600); err != nil {
				return nil, err
			}
			fmt.Fprintf(&script, " -H 'Content-Type: %s' --data-binary @%s", q.ContentType, body)
		}
		fmt.Fprintf(&script, " \"$1%s\" || exit 255\n", q.Path)
	}
	file := filepath.Join(j.folder, "device.sh")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, "xargs", "-a", j.fleet.targets, "-P", strconv.Itoa(j.parallel), "-n", "2", "sh",
		file), nil
}

// ansibleCommand makes an Ansible task of each reading request.
func ansibleCommand(ctx context.Context, j job) (*exec.Cmd, error) {
	targets, err := readTargets(j.fleet.targets)
	if err != nil {
		return nil, err
	}
	var hosts, play strings.Builder
	for i, device := range targets {
		fmt.Fprintf(&hosts, "sbc%d ansible_connection=local url=%s\n", i, device.url)
	}
	play.WriteString("- hosts: all\n  gather_facts: false\n  tasks:\n")
	for _, q := range j.requests {
		fmt.Fprintf(&play, "    - ansible.builtin.uri:\n        url: \"{{ url }}%s\"\n        method: %s\n        "+
			"url_username: %s\n        url_password: %s\n        force_basic_auth: true\n        validate_certs: "+
			"false\n",
			q.Path, q.Method, username, password)
	}
	files := map[string]string{"hosts": hosts.String(), "play.yml": play.String()}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(j.folder, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	command := exec.CommandContext(ctx, "ansible-playbook", "-i", filepath.Join(j.folder, "hosts"), "--forks",
		strconv.Itoa(j.parallel), filepath.Join(j.folder, "play.yml"))
	command.Env = append(environment(j.folder), "ANSIBLE_HOME="+j.folder, "ANSIBLE_LOCALHOST_WARNING=False")
	return command, nil
}
