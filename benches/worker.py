"""One library in one long-lived process: compare.py sends a line of JSON, this answers with one.

{"do": "prepare", "workload": NAME} -> {"turns": {"turn": N, "primal": M}, "given": [...]}   set up and calibrated
{"do": "prepare", "setup": TEXT, "turn": TEXT}                      the same of torch's words that are no workload
{"do": "round", "part": "turn"}     -> {"ns": T}                                             N turns, or M

"given" is what the first turn gave, "primal" the value alone, where the workload says how it is computed.

A workload that the library has no notion of is answered with {"absent": true}, one that fails with {"failed": TEXT}.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from workloads import EVERY, Code, plain

DIALECTS = {"wengert": "torch", "torch": "torch", "jax": "jax", "numpy": "numpy"}


def names(library: str, threads: int) -> tuple[dict[str, Any], str]:
    """What the workloads' text calls the library, and its version."""
    module = importlib.import_module(library)
    known: dict[str, Any] = {DIALECTS[library]: module}
    if DIALECTS[library] == "torch":
        module.set_num_threads(threads)
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

    timers: dict[str, Callable[[int], int]] = {}
    turns: dict[str, int] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "round":
            part = order["part"]
            print(json.dumps({"ns": timers[part](turns[part])}), file=answers)
            continue
        timers.clear()
        if "turn" in order:
            code = Code(order["setup"], order["turn"], gives="0")
        else:
            code = EVERY[order["workload"]].codes.get(DIALECTS[library])
        if code is None:
            print(json.dumps({"absent": True}), file=answers)
            continue
        if library == "jax":
            known["jax"].config.update("jax_enable_x64", False)  # a workload may have turned it on
        try:
            timers["turn"], first = code.timer(known)
            given = plain(first)
            if code.primal:
                timers["primal"] = code.primal_timer(known)
            turns = {part: calibrate(timer, round(round_ms * 1e6)) for part, timer in timers.items()}
        except Exception as error:  # one workload that a library cannot run must not end the others
            print(json.dumps({"failed": f"{type(error).__name__}: {error}"}), file=answers)
            continue
        print(json.dumps({"turns": turns, "given": given}), file=answers)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
