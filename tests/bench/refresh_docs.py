"""Puts tables of benchmark logs in the place of those in a page of the documentation, with their titles.

    python refresh_docs.py ../../docs/gp.md gp.log more.log

A title is the line above a table, with or without a colon at its end. Titles that differ in numbers alone, such as sizes or
rounds, are the same; of several that are the same, the first in the logs replaces the first on the page, and so on.
"""

from __future__ import annotations

import pathlib
import re
import sys


def tables(path):
    """Return the lines of a file, and for each table (kind of title, line of the title, first line, line after the last)."""
    lines, found, title, began = path.read_text(encoding="utf-8").splitlines(), [], 0, None
    for i, line in enumerate([*lines, ""]):
        if line.startswith("|"):
            began = i if began is None else began
        elif began is not None:
            found.append((re.sub(r"[\d,.]+", "#", lines[title].strip().rstrip(":")), title, began, i))
            began = None
        if line.strip() and not line.startswith("|"):
            title = i
    return lines, found


def main(page, *logs):
    """Rewrite the page."""
    fresh = {}
    for log in map(pathlib.Path, logs):
        lines, found = tables(log)
        for kind, title, a, b in found:
            fresh.setdefault(kind, []).append((lines[title].strip().rstrip(":"), [line.rstrip() for line in lines[a:b]]))
    lines, found = tables(pathlib.Path(page))
    changes = [(title, a, b, *fresh[kind].pop(0)) for kind, title, a, b in found if fresh.get(kind)]
    for title, a, b, words, rows in reversed(changes):
        lines[a:b], lines[title] = rows, words + ":"
        print(f"new: {words}")
    pathlib.Path(page).write_text("\n".join(lines) + "\n", encoding="utf-8")
    for words in (words for rest in fresh.values() for words, _ in rest):
        print(f"not in {page}: {words}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
