"""Puts tables of benchmark logs in the place of those in a page of the documentation that have the same title.

    python refresh_docs.py ../../docs/gp.md gp.log more.log

A title is the line above a table, with or without a colon at its end. Tables of other sizes have other titles and stay out.
"""

from __future__ import annotations

import pathlib
import sys


def tables(lines):
    """Yield (title, first line, line after the last) of each table."""
    title, began = None, None
    for i, line in enumerate([*lines, ""]):
        if line.startswith("|"):
            began = i if began is None else began
        elif began is not None:
            yield title, began, i
            began = None
        if line.strip() and not line.startswith("|"):
            title = line.strip().rstrip(":")


def main(page, *logs):
    """Rewrite the page."""
    fresh = {}
    for log in logs:
        lines = pathlib.Path(log).read_text(encoding="utf-8").splitlines()
        fresh |= {title: [line.rstrip() for line in lines[a:b]] for title, a, b in tables(lines)}
    path = pathlib.Path(page)
    lines = path.read_text(encoding="utf-8").splitlines()
    for title, a, b in reversed(list(tables(lines))):
        if title in fresh:
            lines[a:b] = fresh.pop(title)
            print(f"new: {title}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for title in fresh:
        print(f"not in {page}: {title}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
