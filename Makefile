GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
# Packages tested at the same time. Many tests time real sockets, so more than the cores would make them late.
P       ?= 2
# Of make soak: how long, how many stuck handshakes, and the page that the report goes into (none: standard output).
DURATION ?= 30m
STUCK    ?= 20000
REPORT   ?=

BINARY  := bin/message-processor
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

.NOTPARALLEL:
.PHONY: help build test lint components fuzz bench microbench soak shortsoak docs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

build: ## the static binary, bin/message-processor
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BINARY) ./cmd/message-processor

test: components lint ## everything: components, lint, tests with the race detector, a browser, the cost of a request, a short soak and fuzz
	REQUIRE_COMPONENTS=1 CGO_ENABLED=1 $(GO) test -race -count=1 -timeout 15m -p $(P) ./...
	cd tools/browser && REQUIRE_COMPONENTS=1 $(GO) test -count=1 ./...
	cd tools/bench && REQUIRE_COMPONENTS=1 $(GO) test -count=1 ./...
	@$(MAKE) --no-print-directory shortsoak
	@tools/fuzz
	@echo 'make test: everything passed.'

lint: ## gofmt and go vet
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { printf 'Not formatted, run gofmt -w:\n%s\n' "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) -C tools/bench vet ./...

components: ## install what the tests use beside Go, if something is missing (Debian), and build Jaeger
	@tools/install-test-components
	@GO='$(GO)' P='$(P)' tools/build-jaeger

fuzz: ## every fuzz target for a few seconds
	@tools/fuzz

bench: build ## what a request costs, beside nginx, HAProxy and Go; BENCH="-quick" or BENCH="-help" for its flags
	@$(GO) -C tools/bench build -o $(CURDIR)/bin/bench .
	bin/bench -gateway $(BINARY) $(BENCH)

microbench: ## every Go benchmark, with allocations
	$(GO) test -run '^$$' -bench . -benchmem -p 1 ./...

soak: build ## half an hour of everything at once; make soak DURATION=3m STUCK=2000 for less
	$(GO) build -o bin/soak ./tools/soak
	bin/soak -duration $(DURATION) -stuck $(STUCK) -report '$(REPORT)'

# Two minutes of it, with the race detector in the gateway.
shortsoak: build
	CGO_ENABLED=1 $(GO) build -race -o $(BINARY)-race ./cmd/message-processor
	$(GO) build -o bin/soak ./tools/soak
	REQUIRE_COMPONENTS=1 bin/soak -gateway $(BINARY)-race -duration 2m -stuck 2000 >bin/shortsoak.md

docs: ## docs/faults.md, from the fault catalogue
	$(GO) test -count=1 -run TestFaultsDocIsWhatTheCommandPrints ./cmd/message-processor -update-docs

clean: ## remove what was built
	rm -rf bin
