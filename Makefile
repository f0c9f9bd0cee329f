# `make` lists what can be made. `make demo` and `make test` do all of their own set-up: they need Go, a C compiler,
# Python 3.10 or newer, and the network the first time.

PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
DESTDIR ?=
PYTHON  ?= python3
GO      ?= $(or $(shell command -v go),/usr/local/go/bin/go)
export GO

LIBRARY  := build/liblithe.so
VENV     := .venv/bin/python
GO_CODE  := ./core/... ./capi/... ./examples/... ./tests/...
SOURCES  := go.mod go.sum bindings/build_library.py $(shell find core capi -type f -not -name '*_test.go')
EDITABLE := python/lithe/lib/liblithe.so
CHECKS   := test-header test-go test-noasm test-cross test-race test-c test-cpp test-install test-python test-wheel test-examples
# The kernels without assembly are tested by every room in the ordinary run, at the level "generic". Without assembly in the
# build, rooms are compared with plain formulas and known answers, and their bits over threads.
PLAIN    := Plain|Reference|Golden|Spectra|ScikitLearn|EveryKernel|EverySolver|Shapes|Threads
# The race detector looks at par, where goroutines meet, and at a test of mixture for each of its loops that several run.
SHARED   := Threads|AreTheWhole|LocalMerge|MixingDistribution|Whitening|AnswersBySearch|SampleDepends|MissingValuesWith|Panic
BEGAN    := $(shell date +%s)
# Every step says how many seconds have passed.
say      := printf '==> %4d s  %s\n' $$(($$(date +%s) - $(BEGAN)))
LINK     := -Wall -Wextra -Iinclude -Lbuild -llithe -lm -Wl,-rpath,$(CURDIR)/build

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lib header lint gopy test-gopy bench peers install clean distclean tools $(CHECKS)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.demo $(EDITABLE) ## install into .venv and run the demonstration
	@$(say) "examples/python/demo_denoise.py"
	@$(VENV) examples/python/demo_denoise.py

test: lint $(CHECKS) ## everything that CI checks
	@$(say) "all tests passed"

lib: $(LIBRARY) ## build build/liblithe.so

header: tools ## regenerate include/lithe.h from capi
	$(GO) run ./capi/header

lint: tools ## gofmt and go vet
	@$(say) "gofmt, go vet"
	@unformatted=$$(gofmt -l core capi examples tests); \
	[ -z "$$unformatted" ] || { echo "gofmt -w needed: $$unformatted"; exit 1; }
	@$(GO) vet $(GO_CODE)
	@$(GO) vet -tags noasm ./core/...
	@$(GO) vet -tags lithe_debug ./capi/...

test-header: tools
	@$(say) "include/lithe.h is what capi says"
	@$(GO) run ./capi/header -check

test-go: tools ## Go tests
	@$(say) "go test"
	@$(GO) test -timeout 30m $(GO_CODE)

test-noasm: tools
	@$(say) "go test -tags noasm"
	@$(GO) test -timeout 30m -short -tags noasm ./core/internal/... ./core/softmix/...
	@$(GO) test -timeout 30m -short -tags noasm -run '$(PLAIN)' ./core/coreset ./core/gp/... ./core/lowrank ./core/mixture

# Go without cgo on a machine of 32 bits, which knows no kernels but those in Go, and on the other systems.
test-cross: tools
	@$(say) "go build for other machines"
	@set -e; for target in linux/386 darwin/arm64 windows/amd64; do \
	    GOOS=$${target%/*} GOARCH=$${target#*/} CGO_ENABLED=0 $(GO) build ./core/...; done

test-race: tools
	@$(say) "go test -race"
	@$(GO) test -race -short ./core/internal/par
	@$(GO) test -race -short -run '$(SHARED)' ./core/mixture

test-c: $(LIBRARY) ## C tests
	@$(say) "C tests"
	@tests/c/run.sh build

test-cpp: $(LIBRARY) ## C++ tests
	@$(say) "C++ tests"
	@tests/cpp/run.sh build

test-install: $(LIBRARY)
	@$(say) "a C and a C++ program against an installed copy"
	@tests/c/install.sh build

test-python: .venv/.test $(EDITABLE) build/debug/liblithe.so ## Python tests and doctests
	@$(say) "pytest"
	@LITHE_DEBUG_LIBRARY=$(CURDIR)/build/debug/liblithe.so $(VENV) -m pytest -q

test-wheel: .venv/.test $(LIBRARY) ## pip wheel, installed and used away from the sources
	@$(say) "the wheel, installed elsewhere"
	@rm -rf build/dist build/site
	@LITHE_LIBRARY=$(CURDIR)/$(LIBRARY) $(VENV) -m pip wheel --quiet --disable-pip-version-check --no-deps -w build/dist .
	@$(VENV) -m pip install --quiet --disable-pip-version-check --no-deps --target build/site build/dist/lithe-*.whl
	@cd build && PYTHONPATH=site ../$(VENV) ../tests/python/wheel_smoke.py site

test-examples: .venv/.test $(EDITABLE) ## every example, in every language
	@$(say) "examples"
	@set -e; for e in examples/go/*/; do echo "    $$e"; $(GO) run ./$$e >/dev/null; done
	@set -e; for e in examples/c/*.c; do echo "    $$e"; $(CC) -std=c99 $$e -o build/example $(LINK); build/example >/dev/null; done
	@set -e; for e in examples/cpp/*.cpp; do echo "    $$e"; $(CXX) -std=c++17 $$e -o build/example $(LINK); build/example >/dev/null; done
	@set -e; for e in examples/python/*.py; do echo "    $$e"; \
	    (cd build && ../$(VENV) ../$$e) >build/example.log 2>&1 || { cat build/example.log; exit 1; }; done

gopy: build/gopy/.built ## the second Python flavour, in build/gopy

test-gopy: build/gopy/.built $(EDITABLE)
	@$(say) "gopy"
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l bindings/gopy) && [ -z "$$unformatted" ] || { \
	    echo "gofmt -w needed: $$unformatted"; exit 1; }
	@$(GO) -C bindings/gopy vet -trimpath ./...
	@$(GO) -C bindings/gopy test -trimpath ./...
	@PYTHONPATH=build/gopy:python build/gopy/env/bin/python bindings/gopy/smoke.py

bench: .venv/.bench $(EDITABLE) ## benchmarks against scikit-learn, and against other libraries after make peers
	@$(VENV) tests/bench/run.py

peers: .venv/.peers ## install what else benchmarks compare with: torch, GPyTorch, KeOps, xlogit, biogeme and others; some gigabytes

install: $(LIBRARY) ## library, headers, pkg-config and CMake files into DESTDIR/PREFIX
	bindings/install.sh "$(DESTDIR)" "$(PREFIX)" "$(LIBDIR)"

clean: ## remove what was built
	rm -rf build dist python/lithe/lib python/lithe/include

distclean: clean ## remove the virtual environment too
	rm -rf .venv

tools:
	@command -v $(GO) >/dev/null || { \
	    echo "lithe needs Go 1.25 or newer, and there is no '$(GO)' on PATH: install it from https://go.dev/dl"; exit 1; }
	@command -v $(CC) >/dev/null || { \
	    echo "lithe needs a C compiler, and there is no '$(CC)' on PATH: on Debian, apt-get install gcc g++ libc6-dev"; exit 1; }

$(LIBRARY): $(SOURCES) | tools
	@$(say) "building $@"
	@$(PYTHON) bindings/build_library.py $@
	@ln -sf liblithe.so build/liblithe.so.0

build/gopy/.built: $(SOURCES) $(addprefix bindings/gopy/,go.mod go.sum build.sh arrays.py mixture/*.go) | tools
	@$(say) "building build/gopy/lithe_gopy"
	@bindings/gopy/build.sh build/gopy $(PYTHON)
	@touch $@

build/debug/liblithe.so: $(SOURCES) | tools
	@$(say) "building $@"
	@$(PYTHON) bindings/build_library.py $@ lithe_debug

# The editable installation's own copy of the library and the headers.
$(EDITABLE): $(LIBRARY) $(wildcard include/*)
	@install -D -m 755 $(LIBRARY) $@
	@install -D -m 644 -t python/lithe/include include/*

$(VENV):
	@$(say) "creating .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	    echo "lithe needs Python 3.10 or newer, and '$(PYTHON)' is not: set PYTHON="; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "'$(PYTHON)' cannot make virtual environments: on Debian, apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv

# .venv/.demo, .venv/.test and .venv/.bench: the package with the extras of that name.
.venv/.%: pyproject.toml hatch_build.py | $(VENV) $(LIBRARY)
	@$(say) "pip install -e .[$*]"
	@LITHE_LIBRARY=$(CURDIR)/$(LIBRARY) $(VENV) -m pip install --quiet --disable-pip-version-check -e '.[$*]'
	@touch $@
