// A module of its own, so that gopy and golang.org/x/tools stay out of the requirements of lithe and its importers.
module github.com/lithe-ml/lithe/bindings/gopy

go 1.25.0

require (
	github.com/lithe-ml/lithe v0.0.0
	github.com/stretchr/testify v1.11.1
)

require (
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/go-python/gopy v0.4.10 // indirect
	github.com/gonuts/commander v0.1.0 // indirect
	github.com/gonuts/flag v0.1.0 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	golang.org/x/mod v0.29.0 // indirect
	golang.org/x/sync v0.17.0 // indirect
	golang.org/x/sys v0.38.0 // indirect
	golang.org/x/telemetry v0.0.0-20251008203120-078029d740a8 // indirect
	golang.org/x/tools v0.38.0 // indirect; gopy asks for v0.16.0, which Go 1.25 and newer cannot compile
	gonum.org/v1/gonum v0.17.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace github.com/lithe-ml/lithe => ../..

tool (
	github.com/go-python/gopy
	golang.org/x/tools/cmd/goimports
)
