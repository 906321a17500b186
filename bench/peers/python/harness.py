"""What every Python peer is measured by: node/harness.mjs in Python. Orders and answers are lines of JSON."""
import ctypes
import json
import os
import re
import sys
import time
from typing import Callable, List, NamedTuple, Optional

import numpy as np

WARM_SECONDS = 1
ROUND_SECONDS = 0.6


def samples_of(net):
    rng = np.random.default_rng(1)
    x = rng.random((net["samples"], net["inputs"]), dtype=np.float32)
    if net["loss"] == "meanSquaredError":
        return x, rng.uniform(-1, 1, (net["samples"], net["outputs"])).astype(np.float32)
    return x, rng.integers(0, net["outputs"], net["samples"])


def shapes_of(net):
    sizes = [net["inputs"], *net["hidden"], net["outputs"]]
    return list(zip(sizes[:-1], sizes[1:]))


class Job(NamedTuple):
    """A task that is prepared."""

    run: Callable[[int], None]
    # For the reference's input, where the task has one.
    outputs: Optional[List[float]] = None


class Harness:
    def __init__(self, kinds):
        self.kinds = kinds
        self.run = None
        self.calls = 1

    def timed(self, n):
        begin = time.perf_counter()
        self.run(n)
        return {"calls": n, "seconds": time.perf_counter() - begin}

    def prepare(self, workload):
        kind = self.kinds.get(workload["kind"])
        if kind is None:
            return {"missing": "does not do this"}
        self.run, outputs = kind(workload)
        begin = time.perf_counter()
        size = 1
        while True:
            last = self.timed(size)
            if time.perf_counter() - begin >= WARM_SECONDS:
                break
            if last["seconds"] < ROUND_SECONDS / 2:
                size *= 2
        self.calls = max(1, round(last["calls"] * ROUND_SECONDS / last["seconds"]))
        return {"outputs": outputs}

    def answer(self, order):
        if order["action"] == "prepare":
            return self.prepare(order["workload"])
        if order["action"] == "round":
            return self.timed(self.calls)
        self.run = None
        return {}


def blas_files():
    """The files of a BLAS that are loaded. None where the package has it inside, or not on Linux."""
    np.ones((2, 2), np.float32) @ np.ones((2, 2), np.float32)
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps}
    except OSError:
        return []
    name = re.compile(r"/lib((open|scipy_open|c)?blas|mkl|blis|atlas)[^/]*$")
    return sorted(file for file in files if name.search(file))


def openblas(files):
    """The kernels and the number of threads of OpenBLAS, if it is among these files of a BLAS."""
    for file in files:
        library = ctypes.CDLL(file)
        # Packages of PyPI have it under other names.
        for name in ("openblas_get_{}", "openblas_get_{}64_", "scipy_openblas_get_{}64_"):
            if hasattr(library, name.format("corename")):
                core = getattr(library, name.format("corename"))
                core.restype = ctypes.c_char_p
                return core().decode(), getattr(library, name.format("num_threads"))()
    return None


def check_threads(library, variable, got):
    """Raises RuntimeError if the library has another number of threads than the environment sets."""
    expected = int(os.environ.get(variable, 1))
    if got != expected:
        raise RuntimeError(f"{library} expected {expected} threads, as {variable} says, got {got}")


def serve(version, kinds, build=""):
    """Does what the parent process says. `build` is what the package says of its own build."""
    harness = Harness(kinds)
    say = lambda message: print(json.dumps(message), flush=True)
    files = blas_files()
    found = openblas(files)
    if found:
        core, threads = found
        check_threads("OpenBLAS", "OPENBLAS_NUM_THREADS", threads)
        build = ", ".join(filter(None, [f"kernels of {core}", build]))
    say({"version": version, "blas": {"files": files, "config": build}})
    for line in sys.stdin:
        try:
            say(harness.answer(json.loads(line)))
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})
