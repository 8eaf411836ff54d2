"""One library in one long-lived process: compare.py sends a line of JSON, this answers with one.

{"do": "prepare", "workload": NAME} -> {"turns": N, "given": [...]}   set up, calibrated; what the first turn gave
{"do": "primal", "workload": NAME}  -> {"turns": N}                   the same of the value alone
{"do": "round"}                     -> {"ns": T}                      what was prepared last, N turns

A workload that the library has no notion of is answered with {"absent": true}, one that fails with {"failed": TEXT}.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from workloads import EVERY, plain

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


def kernels(library: str, known: dict[str, Any]) -> str:
    """Which of its kernels the library runs on this processor, as far as it tells: NumPy's OpenBLAS, torch's own."""
    if library == "torch":
        return str(known["torch"].backends.cpu.get_cpu_capability())
    if library != "numpy":
        return ""
    try:
        threadpoolctl = importlib.import_module("threadpoolctl")
    except ImportError:
        blas = known["np"].show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas['version']}"
    pools = threadpoolctl.threadpool_info()
    return ", ".join(f"{p['internal_api']} {p['architecture']}" for p in pools if p["user_api"] == "blas")


def calibrate(timer: Callable[[int], int], round_ns: int) -> int:
    """So many turns that a round takes about `round_ns`; making them is the warm-up."""
    turns = 1
    while (spent := timer(turns)) < round_ns / 4:
        turns *= 2 if spent * 8 > round_ns else 4
    if turns == 1 and spent > 2 * round_ns:
        return 1  # a turn of seconds is not made twice
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
    hello = {"version": version, "python": sys.version.split()[0], "kernels": kernels(library, known)}
    print(json.dumps(hello), file=answers)

    timer: Callable[[int], int] | None = None
    turns = 0
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "round":
            assert timer is not None
            print(json.dumps({"ns": timer(turns)}), file=answers)
            continue
        code = EVERY[order["workload"]].codes.get(DIALECTS[library])
        if code is None or (order["do"] == "primal" and not code.primal):
            print(json.dumps({"absent": True}), file=answers)
            continue
        if library == "jax":
            known["jax"].config.update("jax_enable_x64", False)  # a workload may have turned it on
        answer: dict[str, Any] = {}
        try:
            if order["do"] == "primal":
                timer = code.primal_timer(known)
            else:
                timer, given = code.timer(known)
                answer["given"] = plain(given)
            turns = calibrate(timer, round(round_ms * 1e6))
        except Exception as error:  # one workload that a library cannot run must not end the others
            answer = {"failed": f"{type(error).__name__}: {error}"}
        else:
            answer["turns"] = turns
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
