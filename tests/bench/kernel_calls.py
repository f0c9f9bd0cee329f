"""Products and solves with kernel matrices in the Go core, which Python otherwise reaches through estimators only."""

from __future__ import annotations

import json
import pathlib
import subprocess
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Core:
    """A process of the Go program beside this file, built at the first use.

    Calling it with what to do, points (n x d), a kernel of lithe, right-hand sides (n x t) if any, and fields of the
    program's request gives (reply, result): see gp/main.go. The result is an array of the shape of the right-hand sides.
    """

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        binary = str(pathlib.Path(self._folder.name) / "gp")
        subprocess.run(["go", "build", "-o", binary, "./tests/bench/gp"], cwd=ROOT, check=True)
        self._process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()

    def __call__(self, do, X, kernel, columns=None, **fields):
        folder = pathlib.Path(self._folder.name)
        X.astype(np.float64).tofile(folder / "points")
        request = {"Do": do, "Points": str(folder / "points"), "Rows": X.shape[0], "Cols": X.shape[1],
                   "Kernel": json.loads(kernel.to_json())} | fields
        if columns is not None:
            columns = columns.reshape(len(X), -1)
            columns.astype(np.float64).tofile(folder / "columns")
            request |= {"Columns": str(folder / "columns"), "Width": columns.shape[1], "Out": str(folder / "out")}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the Go program has ended")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(reply["error"])
        wanted = columns is not None and do in ("product", "solve")
        return reply, np.fromfile(folder / "out").reshape(columns.shape) if wanted else None
