package audiocodes

import (
	"context"
	"crypto/tls"
	"iter"
	"net/http/httptrace"
)

// watcher watches a request on its way by the hooks of httptrace.ClientTrace. Each layer above the connections has
// one; httptrace.WithClientTrace would join them by reflection, for every request anew.
type watcher struct {
	getConn              func(address string)
	tlsHandshakeStart    func()
	tlsHandshakeDone     func(tls.ConnectionState, error)
	gotConn              func(httptrace.GotConnInfo)
	wroteHeaders         func()
	gotFirstResponseByte func()

	older *watcher
}

type watcherKey struct{}

// watched returns a context whose requests w watches too.
func watched(ctx context.Context, w watcher) context.Context {
	w.older, _ = ctx.Value(watcherKey{}).(*watcher)
	return context.WithValue(ctx, watcherKey{}, &w)
}

// traced returns a context for net/http, which calls the hooks of all watchers, those of the newest first.
func traced(ctx context.Context) context.Context {
	newest, _ := ctx.Value(watcherKey{}).(*watcher)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(address string) {
			for hook := range hooks(newest, func(w *watcher) func(string) { return w.getConn }) {
				hook(address)
			}
		},
		TLSHandshakeStart: func() {
			for hook := range hooks(newest, func(w *watcher) func() { return w.tlsHandshakeStart }) {
				hook()
			}
		},
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			for hook := range hooks(newest, func(w *watcher) func(tls.ConnectionState, error) { return w.tlsHandshakeDone }) {
				hook(state, err)
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			for hook := range hooks(newest, func(w *watcher) func(httptrace.GotConnInfo) { return w.gotConn }) {
				hook(info)
			}
		},
		WroteHeaders: func() {
			for hook := range hooks(newest, func(w *watcher) func() { return w.wroteHeaders }) {
				hook()
			}
		},
		GotFirstResponseByte: func() {
			for hook := range hooks(newest, func(w *watcher) func() { return w.gotFirstResponseByte }) {
				hook()
			}
		},
	})
}

// hook is a function that net/http calls on the way of a request.
type hook interface {
	func() | func(string) | func(httptrace.GotConnInfo) | func(tls.ConnectionState, error)
}

// hooks yields a hook of all watchers that have it, that of the newest first.
func hooks[H hook](newest *watcher, of func(*watcher) H) iter.Seq[H] {
	return func(yield func(H) bool) {
		for w := newest; w != nil; w = w.older {
			if has := of(w); has != nil && !yield(has) {
				return
			}
		}
	}
}
