package web

// streak is consecutive runs that ended with the same word for a device.
type streak struct {
	DeviceRun             // the newest
	Earlier   []DeviceRun // newest first
}

// Oldest is the run in which the streak began.
func (s streak) Oldest() DeviceRun {
	if len(s.Earlier) == 0 {
		return s.DeviceRun
	}
	return s.Earlier[len(s.Earlier)-1]
}

// streaksOf gathers the runs of a device, newest first, that follow each other with the same word and code.
func streaksOf(history []DeviceRun) []streak {
	var all []streak
	for _, run := range history {
		last := len(all) - 1
		if last >= 0 && all[last].Word == run.Word && all[last].Code == run.Code {
			all[last].Earlier = append(all[last].Earlier, run)
			continue
		}
		all = append(all, streak{DeviceRun: run})
	}
	return all
}
