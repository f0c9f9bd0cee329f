module github.com/lithe-ml/lithe

go 1.25.0

require golang.org/x/sys v0.38.0
