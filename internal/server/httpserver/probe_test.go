package httpserver_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/server/httpserver"
)

func TestProbes(t *testing.T) {
	t.Parallel()
	watch := new(clock)
	var down, idle atomic.Bool
	checks := []httpserver.ReadyCheck{
		{Name: "store", Ready: func(ctx context.Context) error {
			if _, bounded := ctx.Deadline(); !bounded {
				return errors.New("it could hang")
			}
			if down.Load() {
				return errors.New("the database at db.example.com does not answer")
			}
			return nil
		}},
		{Name: "scheduler", Ready: func(context.Context) error {
			if idle.Load() {
				return errors.New("no tick for 90 s")
			}
			return nil
		}},
	}
	path, viewer, _ := tokens(t)
	open := serve(t, httpserver.Config{TokenFile: path, Now: watch.now}, func(s *httpserver.Server) { s.Probes(httpserver.Anyone, checks...) })
	closed := serve(t, httpserver.Config{TokenFile: path, Now: watch.now}, func(s *httpserver.Server) { s.Probes(httpserver.Viewer, checks...) })
	none := serve(t, httpserver.Config{}, func(s *httpserver.Server) { s.Probes(httpserver.Anyone) })

	assert.Equal(t, 401, ask(t, "GET", "http://"+closed+"/healthz").status)
	assert.Equal(t, 401, ask(t, "GET", "http://"+closed+"/readyz").status)
	assert.Equal(t, "ok\n", ask(t, "GET", "http://"+open+"/healthz").body)
	assert.Equal(t, 405, ask(t, "POST", "http://"+open+"/healthz").status)
	got := ask(t, "GET", "http://"+none+"/readyz")
	assert.Equal(t, 200, got.status)
	assert.JSONEq(t, `{"ready":true,"checks":[]}`, got.body)

	ready := func(t *testing.T, status int, want string) {
		t.Helper()
		watch.forward(time.Second) // an answer is reused for that long
		got := ask(t, "GET", "http://"+closed+"/readyz", "Authorization", "Bearer "+viewer)
		assert.Equal(t, status, got.status)
		assert.JSONEq(t, want, got.body)
		assert.Equal(t, "application/json", got.header.Get("Content-Type"))
	}
	ready(t, 200, `{"ready":true,"checks":[{"name":"store","ready":true},{"name":"scheduler","ready":true}]}`)
	idle.Store(true)
	ready(t, 503, `{"ready":false,"checks":[{"name":"store","ready":true},{"name":"scheduler","ready":false,"reason":"no tick for 90 s"}]}`)
	idle.Store(false)
	down.Store(true)
	ready(t, 503, `{"ready":false,"checks":[{"name":"store","ready":false,"reason":"the database at db.example.com does not answer"},{"name":"scheduler","ready":true}]}`)

	got = ask(t, "GET", "http://"+open+"/readyz")
	assert.Equal(t, 503, got.status)
	assert.JSONEq(t, `{"ready":false,"checks":[{"name":"store","ready":false},{"name":"scheduler","ready":true}]}`, got.body, "an anonymous caller does not get the reason")
	down.Store(false)
	assert.Equal(t, 503, ask(t, "GET", "http://"+open+"/readyz").status, "an answer is reused for a second")
	watch.forward(time.Second)
	assert.Equal(t, 200, ask(t, "GET", "http://"+open+"/readyz").status)
}
