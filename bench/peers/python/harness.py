"""What every Python peer is measured by: node/harness.mjs in Python. Orders and answers are lines of JSON."""
import json
import sys
import time

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
        self.run = kind(workload)
        begin = time.perf_counter()
        size = 1
        while True:
            last = self.timed(size)
            if time.perf_counter() - begin >= WARM_SECONDS:
                break
            if last["seconds"] < ROUND_SECONDS / 2:
                size *= 2
        self.calls = max(1, round(last["calls"] * ROUND_SECONDS / last["seconds"]))
        return {}

    def answer(self, order):
        if order["action"] == "prepare":
            return self.prepare(order["workload"])
        if order["action"] == "round":
            return self.timed(self.calls)
        self.run = None
        return {}


def blas_warning():
    """Debian's packages run without OpenBLAS too, on a reference BLAS many times slower."""
    np.ones((2, 2), np.float32) @ np.ones((2, 2), np.float32)
    try:
        with open("/proc/self/maps") as maps:
            loaded = maps.read().lower()
    except OSError:
        return ""
    return "" if "openblas" in loaded or "mkl" in loaded else " (on a slow reference BLAS: install libopenblas0-pthread)"


def serve(version, kinds):
    harness = Harness(kinds)
    say = lambda message: print(json.dumps(message), flush=True)
    say({"version": version + blas_warning()})
    for line in sys.stdin:
        try:
            say(harness.answer(json.loads(line)))
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})
