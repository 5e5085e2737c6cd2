package mockdevice

import (
	"net/http"
)

func (d *Device) getINI(c call) answer {
	d.download++
	shown := d.shownINI(c)
	d.record(EventRead, c.actor(), shown)
	body := renderINI(&d.model, shown, d.download)
	header := http.Header{"Content-Disposition": {`attachment; filename="BOARD.ini"`}}
	return answer{status: http.StatusOK, kind: binaryType, body: body, header: header, done: true}
}

func (d *Device) putIncrementalINI(c call) answer {
	file, err := filePart(c.request, c.body)
	if err != nil {
		return d.failure(http.StatusBadRequest, err.Error())
	}
	err = d.change(c.actor(), func(s *state) error {
		_, err := s.load(string(file), d.model.Dialect)
		return err
	})
	if err != nil {
		return d.failure(http.StatusBadRequest, "Incremental INI file was not loaded: "+err.Error())
	}
	a := jsonAnswer(description("Incremental INI file was loaded."))
	if d.model.Dialect.LoadAnswersEmpty {
		a.kind, a.body = "", nil
	}
	a.hangUp = d.model.Dialect.LoadResetsConnections
	return a
}

// putINI replaces the whole configuration, saves it and resets the device. A careful client never asks for it.
func (d *Device) putINI(c call) answer {
	file, err := filePart(c.request, c.body)
	if err != nil {
		return d.failure(http.StatusBadRequest, err.Error())
	}
	model, err := FromINI(file)
	if err != nil {
		return d.failure(http.StatusBadRequest, err.Error())
	}
	err = d.change(c.actor(), func(s *state) error {
		s.groups, s.tables = model.Groups, model.Tables
		return nil
	})
	if err != nil {
		return d.failure(http.StatusBadRequest, err.Error())
	}
	d.store(d.ram, c.actor())
	d.reboot(c.actor())
	a := jsonAnswer(description("INI file was loaded, the device is being reset."))
	a.hangUp = true
	return a
}
