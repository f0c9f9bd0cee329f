#!/bin/sh
# Installs into a staging folder, moves it, and compiles and runs the C and C++ examples against it, through pkg-config
# and through CMake as far as they are installed. Usage: tests/c/install.sh BUILD.
set -eu

build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
root=$PWD
stage=$build/tests-install
rm -rf "$stage"

check() { # check PREFIX LIBDIR HINT, as given to make install; HINT tells CMake where to look, below the staging folder
    rm -rf "$stage/dest" "$stage/moved" "$stage/work"
    bindings/install.sh "$stage/dest" "$1" "$2" "$build"
    if grep -rIl "$stage" "$stage/dest"; then
        echo "the staging folder's name got into an installed file"
        exit 1
    fi
    if grep -rIE '@[A-Z_]+@' "$stage/dest"; then
        echo "a template was not filled in"
        exit 1
    fi
    mv "$stage/dest" "$stage/moved"
    libdir=$stage/moved$2
    mkdir -p "$stage/work"
    cd "$stage/work"
    [ "$(readelf -d "$libdir/liblithe.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')" = liblithe.so.0 ]

    if command -v pkg-config >/dev/null; then
        echo "--- pkg-config, $2"
        flags=$(PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config --cflags --libs lithe)
        ${CC:-cc} -std=c99 -Wall -Wextra -Werror "$root/examples/c/mixture.c" $flags -lm -o with_c
        ${CXX:-c++} -std=c++17 -Wall -Wextra -Werror "$root/examples/cpp/mixture.cpp" $flags -o with_cpp
        LD_LIBRARY_PATH=$libdir ./with_c >/dev/null
        LD_LIBRARY_PATH=$libdir ./with_cpp >/dev/null
        [ "$(PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config --modversion lithe)" = "$version" ]
    fi

    if command -v cmake >/dev/null; then
        echo "--- CMake, $2"
        cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.13)
project(consumer C CXX)
find_package(lithe $series REQUIRED)
add_executable(cmake_c $root/examples/c/mixture.c)
target_link_libraries(cmake_c lithe::lithe m)
add_executable(cmake_cpp $root/examples/cpp/mixture.cpp)
target_compile_features(cmake_cpp PRIVATE cxx_std_17)
target_link_libraries(cmake_cpp lithe::lithe)
END
        cmake -S . -B cmake -D"${3%%=*}=$stage/moved${3#*=}" >/dev/null
        cmake --build cmake >/dev/null
        cmake/cmake_c >/dev/null
        cmake/cmake_cpp >/dev/null
        sed -i 's/find_package(lithe [0-9.]*/find_package(lithe 99/' CMakeLists.txt
        if cmake -S . -B cmake99 -D"${3%%=*}=$stage/moved${3#*=}" >/dev/null 2>&1; then
            echo "CMake accepts a version that is not there"
            exit 1
        fi
    fi
    cd "$root"
}

version=$(sed -n 's/^#define LITHE_VERSION "\(.*\)"$/\1/p' include/lithe.h)
series=${version%.*}
check /usr/local /usr/local/lib CMAKE_PREFIX_PATH=/usr/local
check /opt/lithe /opt/lithe/lib/some/where lithe_DIR=/opt/lithe/lib/some/where/cmake/lithe
echo "--- the installed copy serves C and C++"
