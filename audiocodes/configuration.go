package audiocodes

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/go-resty/resty/v2"
)

// Configuration is the device's running configuration.
type Configuration struct {
	Raw string // as sent, for the backup
	*ini.File
}

const (
	iniLimit    = 32 << 20
	answerLimit = 256 << 10 // of the short answers to writes
)

// parse parses a configuration, or returns the last one of this client if the device sent the same bytes: an apply
// reads it half a dozen times, and between two writes it rarely differs. A File is not changed after ini.Parse.
func (c *Client) parse(text string) (Configuration, error) {
	if last := c.configuration.Load(); last != nil && last.Raw == text {
		return *last, nil
	}
	file, err := ini.Parse(text)
	read := Configuration{Raw: text, File: file}
	if err == nil {
		c.configuration.Store(&read)
	}
	return read, err
}

// Configuration reads the running configuration (GET /files/ini, LTRT-41761, "INI File"). For an incomplete file the
// error is ErrBadAnswer and ini.ErrNotINI; then Raw holds the answer for examination, and File is nil.
func (c *Client) Configuration(ctx context.Context) (Configuration, error) {
	var read Configuration
	err := c.get(ctx, call{
		operation: "read the configuration", path: "/files/ini", timeout: c.options.LongTimeout, limit: iniLimit,
		decode: func(answer reply) (err error) {
			read, err = c.parse(answer.body)
			return err
		},
	})
	if err != nil && !errors.Is(err, ini.ErrNotINI) {
		return Configuration{}, err
	}
	return read, err
}

// LoadIncremental changes the running configuration by a partial INI file (PUT /files/ini/incremental, LTRT-41761).
// The device changes the given rows, sets every column that a row leaves out to its default, and does not reset. The
// change is in RAM only. Success is only the device's claim: read the configuration back.
func (c *Client) LoadIncremental(ctx context.Context, partial []byte) error {
	_, err := c.send(ctx, call{
		operation: "load an incremental INI file",
		method:    http.MethodPut, path: "/files/ini/incremental",
		timeout: c.options.LongTimeout, limit: answerLimit,
		prepare: upload("acfix.ini", partial),
	})
	return err
}

// Save writes the running configuration and files to flash (POST /actions/saveConfiguration,
// LTRT-41761), including unsaved changes by others. Status.SaveNeeded shows whether it worked.
func (c *Client) Save(ctx context.Context) error {
	_, err := c.send(ctx, call{
		operation: "save the configuration",
		method:    http.MethodPost, path: "/actions/saveConfiguration",
		timeout: c.options.LongTimeout, limit: answerLimit,
	})
	return err
}

// upload builds a file upload (LTRT-41761, "Files"): multipart, one named part "file", octet-stream.
func upload(name string, content []byte) func(*resty.Request) {
	return func(request *resty.Request) {
		request.SetMultipartField("file", name, "application/octet-stream", bytes.NewReader(content))
	}
}
