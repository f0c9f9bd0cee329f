#!/bin/sh
# Installs what is needed to compile and run against lithe. Usage: bindings/install.sh DESTDIR PREFIX LIBDIR [BUILD],
# where DESTDIR (may be empty) is put before every path written to but occurs in no file, and BUILD (default build)
# holds liblithe.so. What is installed can be moved as a whole if LIBDIR lies under PREFIX.
set -eu

destdir=$1
prefix=$2
libdir=$3
cd "$(dirname "$0")/.."
build=${4:-build}
version=$(sed -n 's/^#define LITHE_VERSION "\(.*\)"$/\1/p' include/lithe.h)
soversion=0

case $prefix in /*) ;; *) echo "install: PREFIX must be an absolute path, got '$prefix'" >&2; exit 1 ;; esac
case $libdir in /*) ;; *) echo "install: LIBDIR must be an absolute path, got '$libdir'" >&2; exit 1 ;; esac
[ -f "$build/liblithe.so" ] || { echo "install: $build/liblithe.so is missing, run make lib" >&2; exit 1; }

# The way from LIBDIR back to PREFIX: .. for each folder between the two.
case $libdir/ in
"$prefix"/*)
    between=${libdir#"$prefix"}
    up=$(printf '%s' "$between" | sed -e 's|//*|/|g' -e 's|/$||' -e 's|/[^/]*|../|g' -e 's|/$||')
    pc_libdir="\${prefix}$between"
    pc_prefix="\${pcfiledir}/../$up"
    cmake_prefix="\${CMAKE_CURRENT_LIST_DIR}/../../$up"
    ;;
*)
    pc_libdir=$libdir
    pc_prefix=$prefix
    cmake_prefix=$prefix
    ;;
esac

fill() { # fill TEMPLATE FILE
    sed -e "s|@VERSION@|$version|g" -e "s|@SOVERSION@|$soversion|g" -e "s|@PC_PREFIX@|$pc_prefix|g" \
        -e "s|@PC_LIBDIR@|$pc_libdir|g" -e "s|@CMAKE_PREFIX@|$cmake_prefix|g" "$1" >"$2"
    chmod 644 "$2"
}

mkdir -p "$destdir$libdir/pkgconfig" "$destdir$libdir/cmake/lithe" "$destdir$prefix/include"
install -m 755 "$build/liblithe.so" "$destdir$libdir/liblithe.so.$version"
ln -sf "liblithe.so.$version" "$destdir$libdir/liblithe.so.$soversion"
ln -sf "liblithe.so.$soversion" "$destdir$libdir/liblithe.so"
install -m 644 include/* "$destdir$prefix/include"
fill bindings/lithe.pc.in "$destdir$libdir/pkgconfig/lithe.pc"
fill bindings/cmake/lithe-config.cmake.in "$destdir$libdir/cmake/lithe/lithe-config.cmake"
fill bindings/cmake/lithe-config-version.cmake.in "$destdir$libdir/cmake/lithe/lithe-config-version.cmake"
