package main

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age"
	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/export"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/pflag"
)

// fileFlags say what an exported configuration does not.
type fileFlags struct {
	roots                            []string
	firmware, passwordFile, identity string
}

func (f *fileFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.roots, "roots-file", nil,
		"CONTEXT=FILE: the trusted roots of a TLS Context, for a configuration that is read from a file; may repeat")
	flags.StringVar(&f.firmware, "firmware", "",
		"firmware of a device whose file does not tell it, such as 7.40A.500.357")
	flags.StringVar(&f.passwordFile, "package-password-file", "",
		"file with the password of a configuration package (or a prompt)")
	flags.StringVar(&f.identity, "identity", "", "file with the age identity that opens an encrypted backup")
}

// given is the first of the flags that was typed; "" for none.
func (f *fileFlags) given() string {
	switch {
	case len(f.roots) > 0:
		return "--roots-file"
	case f.firmware != "":
		return "--firmware"
	case f.passwordFile != "":
		return "--package-password-file"
	case f.identity != "":
		return "--identity"
	}
	return ""
}

// prepareSources returns the devices of a command that plans from files too, and reports whether they are files. The
// secrets of devices that are reached are looked for; of files, none is needed.
func (a *app) prepareSources(arguments []string, c connection, f fileFlags) (devices []*access.Device, files bool, err error) {
	inventoryFile, err := a.readInventory(c)
	if err != nil {
		return nil, false, err
	}
	devices, files, err = inventoryFile.ChooseSources(arguments, c.limit)
	switch {
	case err != nil:
		return nil, false, err
	case files:
		return devices, true, a.prepareFiles(devices, c, f)
	case f.given() != "":
		return nil, false, usage.Errorf("%s is for configurations that are read from files", f.given()).
			Hint("leave it out, or name an exported configuration instead of a device")
	}
	return devices, false, a.resolve(c, inventoryFile, devices)
}

// prepareFiles lets devices be read from their files.
func (a *app) prepareFiles(devices []*access.Device, c connection, f fileFlags) error {
	flags := c.flags()
	flags.Anonymous, flags.ReadKey = true, a.readKey
	if err := access.Resolve(a.abort, devices, flags, a.secrets(nil), a.clientSettings(len(devices))); err != nil {
		return err
	}
	reader, err := a.exportReader(f)
	if err != nil {
		return err
	}
	if len(f.roots) > 0 && len(devices) > 1 {
		return usage.Errorf("--roots-file belongs to one device, and there are %d", len(devices)).
			Hint("plan that device alone")
	}
	stores, err := readStores(f.roots)
	if err != nil {
		return err
	}
	for _, device := range devices {
		path := device.File
		if _, err := os.Stat(path); err != nil {
			return usage.Errorf("%s can't be read: %s", path, usage.Reason(err)).Hint("check the path")
		}
		device.Export = func() (remediate.Export, error) {
			read, err := reader.Read(path)
			if err != nil {
				return read, err
			}
			return read, addStores(&read, stores)
		}
	}
	return nil
}

func (a *app) exportReader(f fileFlags) (export.Reader, error) {
	if f.firmware != "" {
		if _, err := audiocodes.ParseFirmware(f.firmware); err != nil {
			return export.Reader{}, usage.Errorf("--firmware: %s", err).
				Hint("copy the version from the web interface, such as 7.40A.500.357")
		}
	}
	reader := export.Reader{
		Firmware:   f.firmware,
		Identities: func() ([]age.Identity, error) { return a.identities(f.identity) },
	}
	switch {
	case f.passwordFile != "":
		secret, err := a.readPrivate(f.passwordFile, "--package-password-file")
		if err != nil {
			return export.Reader{}, err
		}
		password := strings.TrimRight(string(secret), "\r\n")
		reader.Password = func(string) (string, error) { return password, nil }
	case a.stdinIsTerminal:
		reader.Password = func(path string) (string, error) { return a.askSecret("Password of " + path + ": ") }
	}
	return reader, nil
}

// givenStore is one --roots-file.
type givenStore struct {
	context string // number or name
	roots   []byte // PEM
}

func readStores(flags []string) ([]givenStore, error) {
	var stores []givenStore
	for _, text := range flags {
		context, path, found := strings.Cut(text, "=")
		if !found || context == "" || path == "" {
			return nil, usage.Errorf("--roots-file %s: it has the form CONTEXT=FILE", text).
				Hint("such as --roots-file 1=roots.pem, with the number or the name of the TLS Context")
		}
		same := func(s givenStore) bool { return strings.EqualFold(s.context, context) }
		if slices.ContainsFunc(stores, same) {
			return nil, usage.Errorf("--roots-file gives TLS Context %s twice", context).
				Hint("put its trusted roots into one file")
		}
		roots, err := export.ReadStore(path)
		if err != nil {
			return nil, err
		}
		stores = append(stores, givenStore{context, roots})
	}
	return stores, nil
}

// addStores adds stores to an export; a store that the file holds itself is replaced by the one that was given.
func addStores(read *remediate.Export, stores []givenStore) error {
	if len(stores) == 0 {
		return nil
	}
	contexts, err := read.ContextIDs()
	if err != nil {
		return err
	}
	all := map[int]audiocodes.TrustedRoots{}
	for id, roots := range read.Stores {
		all[id] = roots
	}
	for _, store := range stores {
		id, err := contextCalled(store.context, contexts)
		if err != nil {
			return err
		}
		all[id] = audiocodes.TrustedRoots{PEM: store.roots}
	}
	read.Stores = all
	return nil
}

func contextCalled(called string, contexts map[int]string) (int, error) {
	if id, err := strconv.Atoi(called); err == nil {
		if _, has := contexts[id]; has {
			return id, nil
		}
	}
	var known []string
	for id, name := range contexts {
		if name != "" && name == called {
			return id, nil
		}
		known = append(known, strconv.Itoa(id)+" ("+name+")")
	}
	slices.Sort(known)
	return 0, usage.Errorf("--roots-file: the configuration has no TLS Context %q", called).
		Hint("it has " + strings.Join(known, ", "))
}
