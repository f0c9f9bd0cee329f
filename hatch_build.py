"""Puts the compiled library and the headers into the wheel, and names the platform the wheel is for."""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LibraryHook(BuildHookInterface):
    """hatchling's build hook. ``LITHE_LIBRARY=path`` takes a library that is already built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the library; an editable install gets it beside the sources, a wheel under the same names inside."""
        root = Path(self.root)
        sys.path.insert(0, str(root / "bindings"))
        from build_library import build, file_name

        ready = os.environ.get("LITHE_LIBRARY")
        if ready and not os.path.isfile(ready):
            sys.exit(f"lithe: LITHE_LIBRARY is {ready!r}, which is not a file")
        library = Path(ready) if ready else root / "build" / "wheel" / file_name()
        if not ready:
            build(library)
        inside = {str(library): f"lithe/lib/{file_name()}"}
        for header in sorted((root / "include").iterdir()):
            inside[str(header)] = f"lithe/include/{header.name}"
        if version == "editable":
            for source, target in inside.items():
                _replace(Path(source), root / "python" / target)
        else:
            build_data["force_include"].update(inside)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform(library)}"


def _replace(source: Path, target: Path) -> None:
    # By renaming: a running process may have the old file mapped, and would crash if its bytes changed.
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    shutil.copy2(source, fresh)
    os.replace(fresh, target)


def _platform(library: Path) -> str:
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if not platform.startswith("linux_"):
        return platform
    needs = [(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", library.read_bytes())]
    if not needs:
        return platform
    major, minor = max(needs)
    return platform.replace("linux", f"manylinux_{major}_{minor}", 1)
