package audiocodes

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// besideKey marks the context of a read that goes over the second connection.
type besideKey struct{}

func besideFirst(ctx context.Context) context.Context {
	return context.WithValue(ctx, besideKey{}, true)
}

func isBeside(ctx context.Context) bool { return ctx.Value(besideKey{}) != nil }

var (
	errNoSeat             = errors.New("the device has as many connections as it may have")
	errOnlyWithBasic      = errors.New("with Digest there is no second connection")
	errNotAsRead          = errors.New("the device presents another certificate than when it was read; nothing was sent")
	errAnotherCertificate = errors.New("the second connection presents another certificate than the first")
)

// mayBeTwo reports whether a read may go over a second connection: the password has worked on the device, the login
// needs no count of requests, waiting for answers costs more than another connection, and the device has not refused
// one.
func (c *Client) mayBeTwo() bool {
	return c.isProven() && !c.login.isRefused() && !c.login.usesDigest() &&
		c.options.Contact.pace.pays(c.options.ReadOnly) && !c.options.Contact.alone.Load() && c.proxyTookLogin()
}

// never is mayBeTwo of a read that must go over the first connection.
func never() bool { return false }

// read reads and decodes, once. What the second connection refuses is asked again on the first, and that answer counts.
// docs/design/device.md: Two reads at a time
func (c *Client) read(ctx context.Context, call call, mayBeTwo func() bool) error {
	beside, leave, err := c.turns.read(ctx, mayBeTwo, c.connections.stands)
	if err != nil {
		return interrupted(call.operation, err)
	}
	if !beside {
		defer leave()
		return c.readOver(ctx, call)
	}
	if err = c.readBeside(ctx, call, leave); !refusesSecond(ctx, err) {
		return err
	}
	return c.read(ctx, call, never)
}

// readBeside reads over the second connection, and gives it up where it is refused, before another read can take it.
func (c *Client) readBeside(ctx context.Context, call call, leave func()) error {
	defer leave()
	err := c.readOver(besideFirst(ctx), call)
	if refusesSecond(ctx, err) && !errors.Is(err, errNoSeat) {
		c.options.Contact.alone.Store(true)
		c.connections.dropSecond()
	}
	return err
}

// ofTheResource are the statuses of a device that has taken the request and says that there is no such resource. All
// others may be its way of refusing a second session.
var ofTheResource = []int{
	http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented,
}

// refusesSecond reports whether a read that failed on the second connection may succeed on the first.
func refusesSecond(ctx context.Context, err error) bool {
	var e *Error
	switch {
	case ctx.Err() != nil, !errors.As(err, &e):
		return false
	case errors.Is(err, ErrHeldBack), errors.Is(err, ErrReadOnly):
		return false
	case e.Status == 0 && errors.Is(err, ErrUnauthorized):
		return false // the password was refused on the first connection in the meantime: nothing was sent
	}
	return !slices.Contains(ofTheResource, e.Status)
}
