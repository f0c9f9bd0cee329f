#!/bin/sh
# Tests the C interface. Usage: tests/c/run.sh BUILD, where BUILD/liblithe.so is the library to test.
# Needs Go (for the debug library and the list of functions) and a C compiler; uses valgrind where it is installed.
set -eu

build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
out=$build/tests-c
mkdir -p "$out" "$build/debug"
CC=${CC:-cc}
CXX=${CXX:-c++}
strict='-Wall -Wextra -pedantic -Werror'

echo "--- lithe.h compiles alone, as C99, C11 and C++17"
for standard in c99 c11; do
    echo '#include "lithe.h"' | $CC -std=$standard $strict -Iinclude -fsyntax-only -x c -
done
echo '#include "lithe.h"' | $CXX -std=c++17 $strict -Iinclude -fsyntax-only -x c++ -

echo "--- the Go functions have the prototypes of lithe.h"
${GO:-go} tool cgo -objdir "$out/_cgo" -exportheader "$out/cgo_exports.h" -- -I capi \
    $(grep -l '^import "C"' capi/*.go | grep -v debug.go)
$CC -std=c11 -Iinclude -Icapi -I"$out" -fsyntax-only tests/c/prototypes.c

echo "--- the library exports what lithe.h declares"
${GO:-go} run ./capi/header -names | sort >"$out/declared"
nm -D --defined-only "$build/liblithe.so" | awk '{ print $3 }' | sort >"$out/exported"
diff "$out/declared" "$out/exported"

python3 bindings/build_library.py "$build/debug/liblithe.so" lithe_debug
common="-std=c99 -D_POSIX_C_SOURCE=200809L $strict -g -O1 -Iinclude -pthread"
suites='tests/c/main.c tests/c/check.c tests/c/library.c tests/c/arguments.c tests/c/options.c tests/c/mixture.c tests/c/mixture_blocks.c tests/c/npmle.c
        tests/c/inference.c tests/c/files.c tests/c/kmeans.c tests/c/results.c tests/c/lowrank.c tests/c/operators.c
        tests/c/kernels.c tests/c/estimates.c tests/c/streams.c tests/c/pca.c tests/c/gp.c tests/c/gp_svm.c tests/c/gp_basis.c tests/c/gp_classifier.c tests/c/gp_surrogate.c tests/c/softmix.c tests/c/choice.c tests/c/facility.c tests/c/subsets.c tests/c/threads.c'
$CC $common $suites -o "$out/test" -L"$build" -llithe -lm
$CC $common -DLITHE_DEBUG tests/c/main.c tests/c/check.c tests/c/panics.c -o "$out/test_debug" -L"$build/debug" -llithe -lm
ln -sf liblithe.so "$build/liblithe.so.0"
ln -sf liblithe.so "$build/debug/liblithe.so.0"

echo "--- panics are contained"
LD_LIBRARY_PATH=$build/debug "$out/test_debug"
echo "--- the interface"
LD_LIBRARY_PATH=$build "$out/test"

if command -v valgrind >/dev/null; then
    echo "--- no leak and no stray access, says valgrind"
    # valgrind runs one thread at a time: two halves of about equal length occupy two cores.
    second='gp_classifier gp_svm gp_basis gp_surrogate operators results'
    first=$(for suite in $(LD_LIBRARY_PATH=$build "$out/test" list); do case " $second " in *" $suite "*) ;; *) echo "$suite" ;; esac; done)
    LD_LIBRARY_PATH=$build tests/c/valgrind.sh "$out/valgrind_1.log" "$out/test" $first &
    LD_LIBRARY_PATH=$build tests/c/valgrind.sh "$out/valgrind_2.log" "$out/test" $second
    wait $!
else
    echo "--- valgrind is not installed: no check for leaks and stray accesses"
fi
