package access

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/acfix/acfix/internal/fleet/export"
	"github.com/acfix/acfix/internal/usage"
)

// ChooseSources is ChooseDevices for a command that plans from files too: all devices of one run are either reached or
// read from files. A folder of files stands for each of them. Nothing is read yet but the names.
func (f *InventoryFile) ChooseSources(arguments []string, limit string) (devices []*Device, files bool, err error) {
	var names, paths []string
	for _, argument := range arguments {
		if f.isSource(argument) {
			paths = append(paths, argument)
		} else {
			names = append(names, argument)
		}
	}
	if len(paths) == 0 {
		return f.chooseListed(arguments, limit)
	}
	if len(names) > 0 {
		return nil, false, mixed(names[0], paths[0])
	}
	devices, err = filesOf(paths)
	return devices, true, err
}

// chooseListed chooses devices that the inventory lists, or whose addresses are given.
func (f *InventoryFile) chooseListed(arguments []string, limit string) (devices []*Device, files bool, err error) {
	if err := f.refuseFiles(arguments); err != nil {
		return nil, false, err
	}
	if devices, err = f.choose(arguments, limit); err != nil {
		return nil, false, err
	}
	isFile := func(d *Device) bool { return d.File != "" }
	first := slices.IndexFunc(devices, isFile)
	if first < 0 {
		return devices, false, nil
	}
	if reached := slices.IndexFunc(devices, func(d *Device) bool { return !isFile(d) }); reached >= 0 {
		return nil, false, mixed(devices[reached].Name, devices[first].File)
	}
	return devices, true, nil
}

func mixed(device, file string) error {
	return usage.Errorf("%s is reached over the network and %s is a file: one run takes only one of the two",
		device, file).Hint("plan the files apart from the devices; with an inventory, select by --limit")
}

// isSource reports whether an argument is a file or folder to plan from. A name of the inventory is the device:
// "./NAME" is always a path.
func (f *InventoryFile) isSource(argument string) bool {
	if f.Lists(argument) || IsAddress(argument) {
		return false
	}
	switch Classify(argument) {
	case ArgConfiguration, ArgPackage, ArgFolder:
		return true
	case ArgFile:
		_, err := os.Stat(argument)
		return err == nil && filepath.Ext(argument) != ".json"
	}
	return false
}

// filesOf are the devices of files. They are called as the operator named the files.
func filesOf(paths []string) ([]*Device, error) {
	var found []string
	for _, path := range paths {
		inside, err := export.Find(path)
		if err != nil {
			return nil, err
		}
		found = append(found, inside...)
	}
	return parseEach(found, func(path string) (*Device, error) {
		return &Device{Name: path, File: filepath.Clean(path)}, nil
	})
}
