package metrics

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// WriteTextfile writes what is gathered for the textfile collector of the node exporter, whole
// or not at all. The file is its owner's alone unless there was one with another mode, which
// stays: where the node exporter is another user, make the file once in a directory with the
// setgid bit and the exporter's group, and chmod it 640.
func WriteTextfile(path string, from prometheus.Gatherer) error {
	gathered, err := from.Gather()
	if err != nil {
		return fmt.Errorf("gather the metrics: %w", err)
	}
	// The node exporter reads what ends in .prom; this does not.
	partial, err := os.CreateTemp(filepath.Dir(path), ".partial-"+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	for _, family := range gathered {
		if err == nil {
			_, err = expfmt.MetricFamilyToText(partial, family)
		}
	}
	err = errors.Join(err, partial.Chmod(modeOf(path)), partial.Close())
	if err == nil {
		err = os.Rename(partial.Name(), path)
	}
	if err != nil {
		_ = os.Remove(partial.Name())
		return fmt.Errorf("write the metrics: %w", err)
	}
	return nil
}

func modeOf(path string) fs.FileMode {
	if info, err := os.Stat(path); err == nil {
		return info.Mode().Perm()
	}
	return 0o600
}
