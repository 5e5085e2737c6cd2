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

// WriteTextfile writes the gathered metrics for the textfile collector of the node exporter, whole or not at all. A
// new file has mode 0600; an existing one keeps its mode. If the node exporter runs as another user, create the file
// once in a directory with the setgid bit and the exporter's group, and chmod it 640.
func WriteTextfile(path string, from prometheus.Gatherer) error {
	gathered, err := from.Gather()
	if err != nil {
		return fmt.Errorf("gather the metrics: %w", err)
	}
	// The node exporter reads only names that end in .prom.
	partial, err := os.CreateTemp(filepath.Dir(path), ".partial-"+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	defer func() { _ = os.Remove(partial.Name()) }() // not there after the rename
	var failed []error
	for _, family := range gathered {
		_, err := expfmt.MetricFamilyToText(partial, family)
		failed = append(failed, err)
	}
	failed = append(failed, partial.Chmod(modeOf(path)), partial.Close())
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	if err := os.Rename(partial.Name(), path); err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	return nil
}

func modeOf(path string) fs.FileMode {
	info, err := os.Stat(path)
	if err != nil {
		return 0o600
	}
	return info.Mode().Perm()
}
