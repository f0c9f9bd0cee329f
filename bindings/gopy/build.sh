#!/bin/sh
# Builds the Python package lithe_gopy with gopy. Usage: bindings/gopy/build.sh OUTPUT [PYTHON]; afterwards OUTPUT holds
#   env/         a virtual environment with PyBindGen, which gopy needs, and NumPy
#   bin/         gopy and goimports, of the versions in bindings/gopy/go.mod
#   go.mod       the module of the generated Go code; without one of its own it would change that of lithe
#   lithe_gopy/  the package, for the PYTHON (default python3) that it was built with and no other
# Needs Go, a C compiler, and Python with its headers and venv. Set GO to use another go command.
set -eu

output=${1:?usage: bindings/gopy/build.sh OUTPUT [PYTHON]}
python=${2:-python3}
go=${GO:-go}
mkdir -p "$output"
output=$(cd "$output" && pwd)
cd "$(dirname "$0")"
here=$(pwd)
root=$(cd ../.. && pwd)

header=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include") + "/Python.h")')
[ -f "$header" ] || { echo "gopy: $python lacks its C header $header: on Debian, apt-get install python3-dev" >&2; exit 1; }
version=$("$python" -c 'import sys; print(sys.prefix, sys.version)')
if [ "$version" != "$(cat "$output/env/.made" 2>/dev/null)" ]; then
    rm -rf "$output/env"
    "$python" -m venv "$output/env"
    "$output/env/bin/python" -m pip install --quiet --disable-pip-version-check PyBindGen==0.22.1 'numpy>=1.23'
    echo "$version" >"$output/env/.made"
fi
export GOFLAGS="-trimpath ${GOFLAGS-}"
"$go" build -o "$output/bin/" github.com/go-python/gopy golang.org/x/tools/cmd/goimports

rm -rf "$output/lithe_gopy" "$output/go.mod" "$output/go.sum"
cp go.mod go.sum "$output/"
"$go" -C "$output" mod edit -module=lithe_gopy \
    -require=github.com/lithe-ml/lithe/bindings/gopy@v0.0.0 \
    -replace="github.com/lithe-ml/lithe/bindings/gopy=$here" -replace="github.com/lithe-ml/lithe=$root"

# gopy looks for goimports and go on PATH. With -dynamic-link the extension takes Python's symbols from the interpreter
# that loads it instead of linking libpython; it then links with all the flags that Python was built with.
log=$output/build.log
export PATH="$output/bin:$("$go" env GOROOT)/bin:$PATH"
CGO_LDFLAGS_ALLOW='-.*' gopy build -vm="$output/env/bin/python" -output="$output/lithe_gopy" \
    -name=lithe_gopy -dynamic-link=true -no-make=true ./mixture >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
cp arrays.py "$output/lithe_gopy/"
