package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
)

// Age is the only kind of Manifest.Encryption.
const Age = "age"

// ageSuffix marks an encrypted file.
const ageSuffix = ".age"

// ErrSealed is in the error chain if an encrypted backup cannot be opened.
var ErrSealed = errors.New("the backup is encrypted")

// ParseRecipient reads one native age recipient ("age1…").
func ParseRecipient(text string) (age.Recipient, error) {
	recipients, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil || len(recipients) != 1 {
		// Without the text: it may be an identity given by mistake, which is a secret.
		return nil, errors.New("that is not an age recipient (age1…)")
	}
	return recipients[0], nil
}

// ParseIdentities reads native age identities, one a line, as age-keygen writes them. Errors quote no text.
func ParseIdentities(text []byte) ([]age.Identity, error) {
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, errors.New("it holds no readable age identity (AGE-SECRET-KEY-…)")
	}
	return identities, nil
}

// seal encrypts each file for the store's recipients and gives it the suffix of encrypted files.
// docs/design/records.md: The manifest of an encrypted backup stays readable
func (s Store) seal(manifest Manifest, files []File) (Manifest, []File, error) {
	manifest.Encryption = ""
	if len(s.Recipients) == 0 {
		return manifest, files, nil
	}
	manifest.Encryption = Age
	manifest.Contexts = slices.Clone(manifest.Contexts)
	for i, context := range manifest.Contexts {
		manifest.Contexts[i].TrustedRoots = sealedName(context.TrustedRoots)
		manifest.Contexts[i].Certificate = sealedName(context.Certificate)
	}
	sealed := make([]File, 0, len(files))
	for _, file := range files {
		data, err := encrypt(file.Data, s.Recipients)
		if err != nil {
			return manifest, nil, fmt.Errorf("encrypt %s: %w", file.Name, err)
		}
		sealed = append(sealed, File{Name: sealedName(file.Name), Data: data})
	}
	return manifest, sealed, nil
}

func sealedName(name string) string {
	if name == "" {
		return ""
	}
	return name + ageSuffix
}

func encrypt(plain []byte, recipients []age.Recipient) ([]byte, error) {
	var sealed bytes.Buffer
	writer, err := age.Encrypt(&sealed, recipients...)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(plain); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

func decrypt(sealed []byte, identities []age.Identity) ([]byte, error) {
	if len(identities) == 0 {
		return nil, fmt.Errorf("%w, and no identity was given", ErrSealed)
	}
	reader, err := age.Decrypt(bytes.NewReader(sealed), identities...)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return nil, fmt.Errorf("%w for other recipients: none of the identities fits", ErrSealed)
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
