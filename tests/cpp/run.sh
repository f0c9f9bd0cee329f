#!/bin/sh
# Tests the C++ interface. Usage: tests/cpp/run.sh BUILD, where BUILD/liblithe.so is the library to test.
set -eu

build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
out=$build/tests-cpp
mkdir -p "$out"
ln -sf liblithe.so "$build/liblithe.so.0"
strict='-Wall -Wextra -Wshadow -Wconversion -pedantic -Werror'

for compiler in ${CXX:-c++} clang++; do
    command -v "${compiler%% *}" >/dev/null || continue
    echo "--- lithe.hpp compiles alone, and included twice, says $compiler"
    for standard in c++17 c++20; do
        printf '#include "lithe.hpp"\n#include "lithe.hpp"\n' | $compiler -std=$standard $strict -Iinclude -fsyntax-only -x c++ -
    done
    $compiler -std=c++17 $strict -g -O1 -Iinclude -pthread tests/cpp/test_lithe.cpp tests/cpp/test_mixture_fits.cpp tests/cpp/test_lowrank.cpp tests/cpp/test_gp.cpp tests/cpp/test_gp_models.cpp tests/cpp/test_gp_classifier.cpp tests/cpp/test_gp_surrogate.cpp tests/cpp/test_choice.cpp tests/cpp/test_softmix.cpp tests/cpp/test_coreset.cpp -o "$out/test" -L"$build" -llithe
    LD_LIBRARY_PATH=$build "$out/test"
done

if command -v valgrind >/dev/null; then
    echo "--- no leak and no stray access, says valgrind"
    LD_LIBRARY_PATH=$build tests/c/valgrind.sh "$out/valgrind.log" "$out/test"
fi
