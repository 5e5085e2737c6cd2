package remediate

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// ErrUnjudged: the device's configuration can't be parsed, so acfix can't know whether it is complete.
var ErrUnjudged = errors.New("the configuration can't be judged")

// Unjudged reports whether a reading failed because acfix does not understand the configuration that it received. A
// web page in its place, or an answer that was cut off on the way, is another kind of failure.
func Unjudged(err error) bool {
	return errors.Is(err, ini.ErrNotINI) || errors.Is(err, ini.ErrBadTable)
}

// contextRow finds the rows of TLS Contexts in a text that can't be parsed as an INI file.
var contextRow = regexp.MustCompile(`(?mi)^[ \t]*TLSContexts[ \t]+([0-9]{1,3})[ \t]*=`)

// TakeUnjudged reads what an operator may need of a device whose configuration can't be parsed: the raw bytes of the
// configuration, the status, and the files of the TLS Contexts that it has rows for, up to the first that can't be
// read. Configuration.File is nil, so neither a plan nor a restore can be made from the snapshot. why is ErrUnjudged
// with what is wrong with the configuration; if the configuration can be parsed this time, err is ErrDrift.
func TakeUnjudged(ctx context.Context, device Reader, now func() time.Time) (snapshot Snapshot, why, err error) {
	snapshot.Taken = now()
	configuration, why := device.Configuration(ctx)
	if why == nil {
		_, why = readTables(configuration.File)
	}
	switch {
	case why == nil:
		return Snapshot{}, nil, fmt.Errorf("%w: its configuration can be read now, and could not before", ErrDrift)
	case !Unjudged(why):
		return Snapshot{}, nil, why
	case configuration.Raw == "":
		return Snapshot{}, nil, why
	}
	snapshot.Configuration = audiocodes.Configuration{Raw: configuration.Raw}
	for _, match := range contextRow.FindAllStringSubmatch(configuration.Raw, -1) {
		id, _ := strconv.Atoi(match[1])
		if _, known := snapshot.context(id); known {
			continue
		}
		files, err := readContextFiles(ctx, device, tlsContext{index: id})
		if err != nil {
			break
		}
		snapshot.Contexts = append(snapshot.Contexts, files)
	}
	if snapshot.Status, err = device.Status(ctx); err != nil {
		return Snapshot{}, nil, err
	}
	snapshot.Pinned = device.PinnedCertificate()
	return snapshot, fmt.Errorf("%w: %w", ErrUnjudged, why), nil
}
