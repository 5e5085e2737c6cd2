# acfix: everything that people and CI call. "make help" lists it.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
RACEFLAGS = -race -timeout 30m -p 4 -parallel 4 -shuffle=on -gcflags='modernc.org/sqlite/lib=-race=false'
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
# How much "make check" fuzzes each target, and "make fuzz". The check counts inputs: a limit in
# time now and then ends as a failure, "context deadline exceeded", with nothing found.
SMOKE ?= 5000x
FUZZ  ?= 2m
# How many random worlds (internal/world) "make check" plays, from a fixed seed, and "make fuzz",
# from a random one. Each core plays some fifteen in a second.
WORLDS        ?= 1500
RANDOM_WORLDS ?= 20000
# What befalls the schedulers of "make soak"; 0 for a random seed, which the output names.
SOAK_SEED ?= 0

.DEFAULT_GOAL := help
.PHONY: help build test test-services check lint format vet static race sweeps smoke worlds fuzz mutants golden docs demo lab bench dist soak clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/acfix and bin/mockdevice
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/acfix ./cmd/mockdevice

# TESTFLAGS are for go test: "make test TESTFLAGS='-count=1 -v'" runs all anew, by name.
#
# RACE=1 watches for races, which needs cgo, and so a C compiler. The translated C of the database
# is not watched: that takes three times as long, and it has no generic code whose atomics others
# share. More packages and tests at a time than there are cores, for most of them wait.
test: ## run all tests; needs nothing but Go and make; TESTFLAGS="-v" shows each
	$(if $(RACE),CGO_ENABLED=1 )$(GO) test $(if $(RACE),$(RACEFLAGS)) $(TESTFLAGS) ./...
	$(if $(RACE),CGO_ENABLED=1 )$(GO) test -C scripts/bench $(if $(RACE),-race -shuffle=on) $(TESTFLAGS) ./...

test-services: ## run the tests that need a server, and install the package on a copy of this system; root
	@GO=$(GO) scripts/test-services $(TESTFLAGS)

check: lint race sweeps smoke worlds ## format, vet, static analysis, race tests, fuzz smoke, random worlds

lint: format vet static

format:
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):"; echo "$$unformatted"; exit 1; fi

vet:
	$(GO) vet ./...
	$(GO) vet -C scripts/bench ./...
	$(GO) vet -tags lab ./audiocodes
	$(GO) vet -tags services ./internal/records/store/... ./internal/records/evidence ./internal/fleet/worker ./internal/checks/probe ./internal/output/summary ./cmd/acfix
	GOOS=windows $(GO) vet ./cmd/acfix ./internal/records/backup

static:
	$(GO) tool staticcheck -tags services ./...
	checker=$$($(GO) tool -n staticcheck) && cd scripts/bench && $$checker ./...

race:
	@$(MAKE) test RACE=1

# The race detector sees only some of the requests that these tests break; without it they break each.
# More at a time than there are cores: a device that hangs is waited for.
sweeps:
	$(GO) test -parallel 4 $(TESTFLAGS) -run 'TestEveryRequest|TestAbortedAtEveryRequest' ./remediate

smoke:
	@scripts/fuzz $(SMOKE)

worlds:
	$(GO) test -count=1 -run TestWorlds ./internal/world -rapid.checks=$(WORLDS)

fuzz: ## fuzz every parser of foreign bytes for FUZZ (default 2m) each, and play RANDOM_WORLDS (default 20000)
	@scripts/fuzz $(FUZZ)
	$(GO) test -count=1 -timeout 0 -run TestWorlds ./internal/world -rapid.checks=$(RANDOM_WORLDS) -rapid.seed=0

soak: ## let two schedulers look after 500 devices for a simulated year and 30 for ten; some minutes
	$(GO) test -count=1 -timeout 0 -v -run 'TestSoak$$' ./cmd/acfix -soak full -soak.seed $(SOAK_SEED)

mutants: ## take each mend of the write path out of a copy and expect its saved worlds to fail
	@GO=$(GO) scripts/mutants

golden: ## write the golden files anew; look at the difference before you commit it
	$(GO) test ./internal/output/report ./internal/output/summary ./internal/server/notify ./internal/output/explain ./internal/output/manpage -update

docs: ## write the generated parts of the documents anew; look at the difference before you commit it
	$(GO) test -p 1 -parallel 1 -count=1 ./certs ./certs/check ./remediate ./cmd/dist -run TestDocumentsHave -update-docs

demo: build ## watch a plan, an apply and a second, empty plan against a simulated SBC
	@scripts/demo

dist: ## build what is given away into bin/dist: archives, deb, rpm, SBOM, SHA256SUMS; the same bytes every time
	@$(GO) run ./cmd/dist -version $(VERSION) -commit $(COMMIT) -epoch $(shell git log -1 --format=%ct) -out bin/dist $(DIST)

bench: build ## measure against the least, a script, Ansible: an hour; BENCH="-quick -devices 50" a minute; -check: aims
	CGO_ENABLED=0 $(GO) build -C scripts/bench -trimpath -o $(CURDIR)/bin/bench .
	bin/bench $(BENCH)

lab: ## the client's contract on a real device: CONTRIBUTING.md, "Try a real device"
	$(GO) test -tags lab -count=1 -run TestLab -v ./audiocodes

clean: ## remove what was built
	rm -rf bin
