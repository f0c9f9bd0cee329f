"""Rows of a benchmark, each in a process of its own: one that fails or takes too long costs itself only.

Peak memory is that of the process while a `Meter` runs, less what it had when the meter began.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import pathlib
import signal
import sys
import time
import traceback


class Meter:
    """Measures what happens in its ``with`` block.

    Attributes are those of `facts`: seconds, cpu (processor seconds of all threads) and peak (megabytes of memory).
    """

    def __enter__(self):
        gc.collect()
        pathlib.Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins anew
        self._before = _memory("VmRSS")
        self._cpu, self._began = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self._began
        self.cpu = time.process_time() - self._cpu
        self.peak = _memory("VmHWM") - self._before

    def facts(self):
        """Return what was measured."""
        return {"seconds": self.seconds, "cpu": self.cpu, "peak": self.peak}


def _memory(field):
    """Return a line of /proc/self/status in megabytes."""
    for line in pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {field} in /proc/self/status")


class Rows:
    """Runs rows, and keeps those that are done in a file, so that a broken run goes on where it ended.

    Parameters
    ----------
    path : path or None
        File of the finished rows; None keeps nothing.
    pick : str
        Rows whose name does not contain it are left out.
    """

    def __init__(self, path=None, pick=""):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # which ends the row's process as well
        self._path, self._pick = path, pick
        self._done, self._told = {}, set()
        if path is not None and os.path.exists(path):
            lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
            self._done = {row["row"]: row["facts"] for row in map(json.loads, lines)}

    def __call__(self, name, function, *args, limit=3600.0):
        """Return the dict that ``function(*args)`` gives in a new process, or None if it fails; why is printed once.

        The function must be one of a module, and its arguments and result plain data. `limit` is in seconds.
        """
        if self._pick not in name:
            return None
        if name not in self._done:
            facts = _apart(function, args, limit)
            if "error" in facts:
                if facts["error"] not in self._told:
                    print(f"\n{name}: {facts['error']}", flush=True)
                self._told.add(facts["error"])
                return None
            self._done[name] = facts
            if self._path is not None:
                with open(self._path, "a", encoding="utf-8") as file:
                    file.write(json.dumps({"row": name, "facts": facts}) + "\n")
        return self._done[name]

    def rounds(self, title, methods, rounds, limit=3600.0):
        """Run methods, {name: (function, *args)}, in turn; return the facts of each round of those that work, by name."""
        found = {name: [] for name in methods}
        for turn in range(rounds):
            for name, (function, *args) in methods.items():
                if len(found[name]) == turn:
                    facts = self(f"{title} / {name} / {turn + 1}", function, *args, limit=limit)
                    found[name] += [facts] * (facts is not None)
        return {name: rows for name, rows in found.items() if rows}


def _apart(function, args, limit):
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(send, function, args), daemon=True)
    process.start()
    send.close()
    try:
        facts = receive.recv() if receive.poll(limit) else {"error": f"stopped after {limit:.0f} s"}
    except EOFError:
        process.join()
        facts = {"error": f"its process ended with status {process.exitcode}, perhaps for want of memory"}
    process.join(10 if "error" not in facts else 0)
    process.kill()
    process.join()
    return facts


def _child(send, function, args):
    try:
        send.send(function(*args))
    except ImportError as error:
        send.send({"error": f"not installed: {error}"})
    except Exception as error:  # a row's failure, whatever it is, is that row's result
        where = traceback.extract_tb(error.__traceback__)[-1]
        send.send({"error": f"{type(error).__name__}: {error} ({os.path.basename(where.filename)}:{where.lineno})"})
