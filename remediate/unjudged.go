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

// ErrUnjudged: the device's configuration came and can't be parsed, so nothing can be said of whether it is whole.
var ErrUnjudged = errors.New("the configuration can't be judged")

// Unjudged reports whether a reading failed because acfix does not understand the configuration that came. A web page
// in its place, and an answer that was cut off on the way, are no such failure.
func Unjudged(err error) bool {
	return errors.Is(err, ini.ErrNotINI) || errors.Is(err, ini.ErrBadTable)
}

// contextRow finds the rows of TLS Contexts in a text that is no INI file as a whole.
var contextRow = regexp.MustCompile(`(?mi)^[ \t]*TLSContexts[ \t]+([0-9]{1,3})[ \t]*=`)

// TakeUnjudged reads what a person may need of a device whose configuration can't be parsed: the bytes of the
// configuration as they came, the status, and the files of the TLS Contexts whose rows stand in it, up to the first
// that is not to be had. The snapshot has no parsed configuration, so neither a plan nor a restore can be made of it;
// Configuration.File is nil. why is ErrUnjudged with what is wrong with the configuration; a configuration that has
// become readable meanwhile is ErrDrift.
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
