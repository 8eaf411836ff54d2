"""One library in one long-lived process: compare.py sends a line of JSON, this answers with one.

{"do": "prepare", "workload": NAME}   -> {"turns": N}     set up, first call made, calibrated; or {"absent": true}
{"do": "round"}                       -> {"ns": T}        the prepared workload, N turns
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from workloads import WORKLOADS

DIALECTS = {"wengert": "torch", "torch": "torch", "jax": "jax", "numpy": "numpy"}


def names(library: str, threads: int) -> tuple[dict[str, Any], str]:
    """What the workloads' text calls the library, and its version."""
    module = importlib.import_module(library)
    known: dict[str, Any] = {DIALECTS[library]: module}
    if DIALECTS[library] == "torch":
        # wengert has the same function once it has worker threads.
        set_threads = getattr(module, "set_num_threads", None)
        if set_threads:
            set_threads(threads)
    else:
        known["np"] = importlib.import_module("numpy")
    if library == "jax":
        known["jnp"] = importlib.import_module("jax.numpy")
    return known, module.__version__


def calibrate(timer: Callable[[int], int], round_ns: int) -> int:
    """So many turns that a round takes about `round_ns`; making them is the warm-up."""
    turns = 1
    while (spent := timer(turns)) < round_ns / 4:
        turns *= 2 if spent * 8 > round_ns else 4
    return max(1, round(turns * round_ns / timer(turns)))


def main(library: str, threads: int, round_ms: float) -> None:
    # Libraries may print; the answers keep a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    try:
        known, version = names(library, threads)
    except ImportError as missing:
        print(json.dumps({"missing": str(missing)}), file=answers)
        return
    print(json.dumps({"version": version, "python": sys.version.split()[0]}), file=answers)

    timer: Callable[[int], int] | None = None
    turns = 0
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "prepare":
            code = WORKLOADS[order["workload"]].codes.get(DIALECTS[library])
            if code is None:
                print(json.dumps({"absent": True}), file=answers)
                continue
            try:
                timer = code.timer(known)
                turns = calibrate(timer, round(round_ms * 1e6))
            except Exception as error:  # one workload that a library cannot run must not end the others
                print(json.dumps({"failed": f"{type(error).__name__}: {error}"}), file=answers)
                continue
            print(json.dumps({"turns": turns}), file=answers)
        else:
            assert timer is not None
            print(json.dumps({"ns": timer(turns)}), file=answers)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
