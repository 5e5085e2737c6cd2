package main

import (
	"errors"
	"os"
	"runtime"

	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/checks/certfile"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/usage"
)

// keysIn reads the file that --key names; nil without the flag.
func (a *app) keysIn(path string) ([]check.Key, error) {
	if path == "" {
		return nil, nil
	}
	keys, err := a.openKeys(path, a.getenv(pfxPassword))
	if err != nil {
		return nil, err
	}
	return publicHalves(keys), nil
}

// openKeys reads the private keys of a file. No error contains any part of them.
func (a *app) openKeys(path, password string) ([]file.PrivateKey, error) {
	content, err := certfile.Read(path)
	if err != nil {
		return nil, usage.Errorf("%s can't be read: %s", path, err).Hint("check the path given with --key")
	}
	keys, err := file.ParseKeys(content, password)
	switch {
	case errors.Is(err, file.ErrPassword):
		return nil, usage.Errorf("%s: %s", path, err).Hint("give the password in " + pfxPassword)
	case err != nil:
		return nil, usage.Errorf("--key: %s: %s", path, err).
			Hint("give the file of the private key: PKCS #1, PKCS #8 or SEC 1, in PEM or DER")
	}
	a.warnOfReaders(path)
	return keys, nil
}

// warnOfReaders warns where others can read the key file, and uses it all the same: unlike a password file, it is not
// acfix's own secret, and decides nothing that acfix writes.
func (a *app) warnOfReaders(path string) {
	info, err := os.Stat(path)
	if err == nil && runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		a.warn(foreign.Clean(path + ": the private key can be read by others than its owner; chmod 600 " + path))
	}
}

func publicHalves(keys []file.PrivateKey) []check.Key {
	var public []check.Key
	for _, key := range keys {
		public = append(public, check.Key{Public: key.Public, Problem: key.Problem})
	}
	return public
}

// pfxPassword is the environment variable that holds the password of a PFX file.
const pfxPassword = "ACFIX_PFX_PASSWORD"
