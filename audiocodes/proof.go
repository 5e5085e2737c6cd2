package audiocodes

import (
	"net/http"
	"time"
)

// provenFor is how long a login counts as proven for the next clients of a Contact. A run goes from reading a device to
// writing to it within that time; over a longer wait the password may well have been changed.
const provenFor = 10 * time.Minute

// proof is that a device has answered a read with Basic credentials.
type proof struct {
	login       credentials
	certificate string // SHA-256 of what the device presented; "" over http://
	at          time.Time
}

// prove records that a read has succeeded. With Digest it proves nothing for another client, which has no nonce.
// docs/design/device.md: The next client knows what the last one learned
func (c *Client) prove() {
	if c.login.usesDigest() {
		c.options.Contact.proof.Store(nil)
		return
	}
	c.options.Contact.proof.Store(&proof{
		login: c.credentials(), certificate: c.PresentedCertificate(), at: c.options.Now(),
	})
}

// isProven reports whether this client, or one before it with the same login, was answered by the device.
func (c *Client) isProven() bool {
	if c.login.proven.Load() && c.understood.Load() {
		return true
	}
	known := c.options.Contact.proof.Load()
	return known != nil && known.login == c.credentials() && c.options.Now().Sub(known.at) <= provenFor
}

// answered records what the status of an answer says to all clients of the device. An inconclusive 401 says nothing of
// the password.
func (c *Client) answered(status int, inconclusive bool) {
	c.options.Contact.made.Store(true)
	if status == http.StatusUnauthorized && !inconclusive {
		c.options.Contact.proof.Store(nil)
	}
}

func (c *Client) credentials() credentials {
	return credentials{c.options.Username, c.options.Password}
}
