"""Builds the shared library: the one place that knows how, for the Makefile and for pip.

    python3 bindings/build_library.py OUTPUT [GO TAGS]

writes the library to OUTPUT. Needs Go and a C compiler, and only Python's standard library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def build(output: Path, tags: str = "") -> None:
    """Build the library, or end the program with one line that says what is missing.

    Parameters
    ----------
    output : Path
        File to write.
    tags : str
        Go build tags, separated by commas.
    """
    wanted = os.environ.get("GO", "go")
    go = shutil.which(wanted) or shutil.which("/usr/local/go/bin/go")
    if not go:
        sys.exit(f"lithe: building needs Go 1.25 or newer, and there is no {wanted!r} on PATH: install it from "
                 "https://go.dev/dl (or set GO, or LITHE_LIBRARY to a library that is already built)")
    env = {**os.environ, "CGO_ENABLED": "1"}
    compiler = subprocess.run([go, "env", "CC"], capture_output=True, text=True, env=env).stdout.split()
    if not compiler or not shutil.which(compiler[0]):
        sys.exit("lithe: building needs a C compiler, and there is no "
                 f"{compiler[0] if compiler else 'gcc'!r} on PATH: on Debian, apt-get install gcc libc6-dev")
    command = [go, "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", f"-tags={tags}",
               f"-ldflags={linker_flags()}", "-o", str(output), "./capi"]
    output.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"lithe: go build failed:\n{done.stdout.strip()}")
    output.with_suffix(".h").unlink(missing_ok=True)  # cgo's own header; include/lithe.h is the one to use


def linker_flags() -> str:
    """Return Go's -ldflags: no debug information, and on Linux a soname and no symbols but the header's functions."""
    flags = "-s -w"
    if sys.platform.startswith("linux"):
        outside = ["-soname,liblithe.so.0", "-z,relro", "-z,now", f"--version-script={ROOT / 'capi' / 'exports.map'}"]
        flags += f" -extldflags '{' '.join('-Wl,' + flag for flag in outside)}'"
    return flags


def file_name() -> str:
    """Return the library's usual file name on this system."""
    return "liblithe." + {"darwin": "dylib", "win32": "dll"}.get(sys.platform, "so")


if __name__ == "__main__":
    build(Path(sys.argv[1]).absolute(), *sys.argv[2:3])
