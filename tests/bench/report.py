"""What the benchmarks share: timing a call, and tables that read as text and as Markdown."""

import time


def timed(call):
    """Return (result, seconds)."""
    began = time.perf_counter()
    result = call()
    return result, time.perf_counter() - began


def table(title, header, rows, digits=4):
    """Print rows under a header, columns aligned, floats with so many significant digits."""
    print(f"\n{title}\n")
    cells = [header] + [[f"{v:.{digits}g}" if isinstance(v, float) else str(v) for v in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for k, row in enumerate(cells):
        print("| " + " | ".join(v.ljust(w) for v, w in zip(row, widths)) + " |", flush=True)
        if k == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
