package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

// platform is an operating system and a processor, as Go calls them.
type platform struct{ os, arch string }

var platforms = []platform{
	{"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}, {"darwin", "amd64"}, {"darwin", "arm64"},
}

func (p platform) program() string {
	if p.os == "windows" {
		return "acfix.exe"
	}
	return "acfix"
}

// compile builds acfix for a platform, reproducibly: no path, C, repository state or processor choice gets in.
func (r release) compile(p platform) ([]byte, error) {
	output := filepath.Join(r.stage, "program")
	defer func() { _ = os.Remove(output) }()
	command := exec.CommandContext(r.ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= -X main.version="+r.version+" -X main.commit="+r.commit,
		"-o", output, "./cmd/acfix")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+p.os, "GOARCH="+p.arch, "GOAMD64=v1",
		"GOARM64=v8.0", "GOEXPERIMENT=")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(output)
}

// native builds acfix for this machine and returns a function that runs it.
func (r release) native() (run func(arguments ...string) ([]byte, error), err error) {
	program, err := filepath.Abs(filepath.Join(r.stage, "native"))
	if err != nil {
		return nil, err
	}
	build := exec.CommandContext(r.ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags",
		"-X main.version="+r.version, "-o", program, "./cmd/acfix")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	return func(arguments ...string) ([]byte, error) {
		command := exec.CommandContext(r.ctx, program, arguments...)
		command.Stderr = os.Stderr
		return command.Output()
	}, nil
}
