"""Side by side with torch, JAX and NumPy: python benches/compare.py --help. What it does and why: benches/README.md."""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sizes
from workloads import WORKLOADS, Given, Workload, difference

LIBRARIES = ("wengert", "torch", "jax", "numpy")
HERE = Path(__file__).parent
IMPORT = "import"
IMPORT_ROUNDS = 11
OTHER_NUMBERS = "other numbers"


def environment(threads: int) -> dict[str, str]:
    """The workers' environment: the same for all of them."""
    chosen = dict(os.environ)
    # Settings that make OpenBLAS take an older processor's kernels would slow the peers.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        chosen.pop(name, None)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        chosen[name] = str(threads)
    chosen["JAX_PLATFORMS"] = "cpu"
    if threads == 1:
        chosen["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return chosen


def allowed_processors() -> list[int]:
    """What this process may run on; nothing where the system does not tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def hold_to(threads: int, allowed: list[int]) -> None:
    """Every process started from here on runs on that many processors: JAX has no setting for its number of threads.

    Two at least, since JAX dispatches from a second thread: held to one, its calls took up to a third longer. The last
    ones are taken; the first tends to serve the interrupts.
    """
    if allowed:
        os.sched_setaffinity(0, allowed[-max(threads, 2) :])


class Worker:
    """A library's process, which is stopped while no answer of it is waited for.

    OpenMP's threads look for more work for up to 200 ms after a kernel, and would take a processor from who is next.
    """

    def __init__(self, library: str, command: list[str], threads: int):
        self.library = library
        self.process = subprocess.Popen(
            command, env=environment(threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.hello = self._answer()
        self._go_on(False)

    def _go_on(self, on: bool) -> None:
        if sys.platform != "win32" and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT if on else signal.SIGSTOP)

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the worker of {self.library} ended with status {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, **order: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self._go_on(True)
        self.process.stdin.write(json.dumps(order) + "\n")
        answer = self._answer()
        self._go_on(False)
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        self._go_on(True)
        self.process.stdin.close()
        self.process.wait()


@contextmanager
def workers(options: argparse.Namespace, threads: int) -> Iterator[tuple[dict[str, Worker], dict[str, str]]]:
    """The processes of the libraries that are there, and why the others are not."""
    started: dict[str, Worker] = {}
    missing: dict[str, str] = {}
    try:
        for library in options.libraries:
            script = [options.pythons.get(library, sys.executable), str(HERE / "worker.py")]
            worker = Worker(library, [*script, library, str(threads), str(options.round_ms)], threads)
            if "missing" in worker.hello:
                missing[library] = worker.hello["missing"]
                worker.close()
            else:
                started[library] = worker
        yield started, missing
    finally:
        for worker in started.values():
            worker.close()


def turned(items: list[str], by: int) -> list[str]:
    """Each round starts with another library, so that none always follows the same neighbour."""
    return items[by % len(items) :] + items[: by % len(items)] if items else []


def time_pair(at: dict[str, Worker], setup: str, turn: str, rounds: int) -> tuple[float, float, float] | str:
    """wengert's median time of a turn, torch's, and the median ratio of each round's pair; or what failed."""
    answers = {name: worker.ask(do="prepare", setup=setup, turn=turn) for name, worker in at.items()}
    if failed := [f"{name}: {answer['failed']}" for name, answer in answers.items() if "failed" in answer]:
        return "; ".join(failed)
    spent: dict[str, list[float]] = {name: [] for name in at}
    for number in range(rounds):
        for name in turned(list(at), number):
            ns = at[name].ask(do="round", part="turn")["ns"]
            spent[name].append(ns / answers[name]["turns"]["turn"])
    own, peer = spent["wengert"], spent["torch"]
    ratio = statistics.median(t / w for t, w in zip(peer, own, strict=True))
    return statistics.median(own), statistics.median(peer), ratio


def time_workload(workload: Workload, at: dict[str, Worker], rounds: int, subject: str) -> dict[str, Any]:
    """Nanoseconds by library and round, of a turn and of the value alone where the workload says how that is computed.

    Or why a library has none: it failed, or gave other numbers than the subject.
    """
    turns: dict[str, dict[str, int]] = {}
    notes: dict[str, str] = {}
    given: dict[str, Given] = {}
    for library, worker in at.items():
        answer = worker.ask(do="prepare", workload=workload.name)
        if "turns" in answer:
            turns[library] = answer["turns"]
            given[library] = answer["given"]
        elif "failed" in answer:
            notes[library] = answer["failed"]
    for library in list(turns):
        if subject in turns and (differs := difference(given[subject], given[library])):
            notes[library] = f"{OTHER_NUMBERS} than {subject}: {differs}"
            del turns[library]
    spent: dict[str, dict[str, list[float]]] = {"turn": {}, "primal": {}}
    for number in range(rounds):
        for library in turned(list(turns), number):
            for part, count in turns[library].items():
                ns = at[library].ask(do="round", part=part)["ns"] / count / workload.per
                spent[part].setdefault(library, []).append(ns)
    return {"ns": spent["turn"], "primal_ns": spent["primal"], "notes": notes}


def time_import(libraries: list[str], options: argparse.Namespace, threads: int) -> dict[str, Any]:
    """Wall time of `python -c "import X"`, exit included, less that of the bare interpreter just before it."""

    def run(library: str, statement: str) -> int:
        command = [options.pythons.get(library, sys.executable), "-c", statement]
        start = time.perf_counter_ns()
        subprocess.run(command, env=environment(threads), check=True)
        return time.perf_counter_ns() - start

    spent: dict[str, list[float]] = {library: [] for library in libraries}
    for number in range(-1, min(options.rounds, IMPORT_ROUNDS)):  # the first writes bytecode and fills the page cache
        for library in turned(libraries, number):
            bare, whole = run(library, "pass"), run(library, f"import {library}")
            if number >= 0:
                spent[library].append(float(whole - bare))
    return {"ns": spent, "notes": {}}


def summarise(measured: dict[str, Any], subject: str) -> dict[str, Any]:
    """Medians, and each peer's ratio to the subject: the median (and quartiles) of the ratios of each round's pair."""
    lines = {}
    for library, spent in measured["ns"].items():
        line: dict[str, Any] = {"median_ns": statistics.median(spent), "least_ns": min(spent), "rounds_ns": spent}
        if library != subject and subject in measured["ns"]:
            ratios = [peer / own for peer, own in zip(spent, measured["ns"][subject], strict=True)]
            line["ratio"] = statistics.median(ratios)
            if len(ratios) > 1:
                low, _, high = statistics.quantiles(ratios, n=4)
                line["ratio_quartiles"] = [low, high]
        if primal := measured.get("primal_ns", {}).get(library):
            line["primal_ns"] = statistics.median(primal)
            line["gradient_to_primal"] = statistics.median(a / b for a, b in zip(spent, primal, strict=True))
        lines[library] = line
    return {"libraries": lines, "notes": measured["notes"]}


def processor() -> str:
    """The processor's name, as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def told(library: str, hello: dict[str, str]) -> str:
    """A library's version, and the kernels that it has chosen for this processor."""
    kernels = f", {hello['kernels']}" if hello["kernels"] else ""
    return f"{library} {hello['version']} (Python {hello['python']}{kernels})"


def spelled(ns: float) -> str:
    for unit, size in (("ns", 1), ("us", 1e3), ("ms", 1e6)):
        if ns < 1000 * size:
            return f"{ns / size:.3g} {unit}" if ns < 100 * size else f"{ns / size:.0f} {unit}"
    return f"{ns / 1e9:.2f} s"


def ratio_spelled(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}"


def print_table(title: str, results: dict[str, Any], subject: str, libraries: list[str]) -> None:
    """One line a workload: the subject's time, how often that of the value alone, each peer's time, its ratio, and the
    ratio that is wanted; then what falls short, and what could not be measured."""
    print(f"\n{title}")
    peers = [library for library in libraries if library != subject]
    head = ["", subject, "/ primal"]
    for peer in peers:
        head += [peer, "ratio"]
    rows = [head]
    short = []
    for name, result in results.items():
        workload = WORKLOADS.get(name)
        row = [workload.title if workload else "import, over a bare interpreter"]
        lines = result["libraries"]
        own = lines.get(subject, {})
        row.append(spelled(own["median_ns"]) if own else "-")
        row.append(f"{own['gradient_to_primal']:.1f}" if "gradient_to_primal" in own else "")
        for peer in peers:
            if peer not in lines:
                row += ["-", ""]
                continue
            ratio = ratio_spelled(lines[peer]["ratio"]) if "ratio" in lines[peer] else ""
            wanted = workload.wanted.get(peer) if workload and subject == "wengert" else None
            row += [spelled(lines[peer]["median_ns"]), f"{ratio} (>= {wanted:g})" if wanted and ratio else ratio]
            if wanted and ratio and lines[peer]["ratio"] < wanted:
                short.append(f"{name}: {ratio} times as fast as {peer}, {wanted:g} wanted")
        rows.append(row)
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        cells = [cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        print("  ".join(cells).rstrip())
    for line in short:
        print(f"  short of what is wanted: {line}")
    for name, result in results.items():
        for library, note in result["notes"].items():
            print(f"  {library} is left out of {name}: {note}")


def add_common(parser: argparse.ArgumentParser, rounds: int, round_ms: float) -> None:
    """Options of every program that measures in alternating rounds, with its own defaults."""
    parser.add_argument("--rounds", type=int, default=rounds, help="rounds a workload (default %(default)s)")
    parser.add_argument("--round-ms", type=float, default=round_ms, help="length of a round (default %(default)s ms)")
    parser.add_argument(
        "--python", action="append", default=[], metavar="LIBRARY=PATH", help="the interpreter that has it"
    )


def read_common(parser: argparse.ArgumentParser, options: argparse.Namespace) -> argparse.Namespace:
    """The same options, read."""
    options.libraries = options.libraries.split(",")
    options.pythons = dict(pair.split("=", 1) for pair in options.python)
    if unknown := set(options.libraries) - set(LIBRARIES):
        parser.error(f"no such library: {', '.join(sorted(unknown))}")
    if options.rounds < 1:
        parser.error("rounds are at least 1")
    return options


def parse_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="wengert beside torch, JAX and NumPy, in alternating rounds")
    parser.add_argument("--threads", type=int, action="append", help="1 or 2, may be repeated; default 1")
    parser.add_argument("--workloads", help=f"comma-separated, of: {', '.join([*WORKLOADS, IMPORT])}")
    parser.add_argument("--libraries", default=",".join(LIBRARIES), help="comma-separated; default: %(default)s")
    add_common(parser, rounds=21, round_ms=20)
    parser.add_argument("--subject", default="wengert", help="whose time divides the others' (default %(default)s)")
    parser.add_argument("--wheels", action="append", default=[], help="a folder whose wheels' sizes are told too")
    parser.add_argument("--json", type=Path, help="write everything measured, each round too")
    options = read_common(parser, parser.parse_args(arguments))

    options.threads = options.threads or [1]
    options.workloads = options.workloads.split(",") if options.workloads else [*WORKLOADS, IMPORT]
    if unknown := set(options.workloads) - {*WORKLOADS, IMPORT}:
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    if min(options.threads) < 1:
        parser.error("threads are at least 1")
    return options


def main(arguments: list[str]) -> None:
    options = parse_options(arguments)
    report: dict[str, Any] = {
        "processor": processor(),
        "platform": platform.platform(),
        "load_before": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "rounds": options.rounds,
        "round_ms": options.round_ms,
        "subject": options.subject,
        "runs": [],
    }
    print(f"{report['processor']}, {os.cpu_count()} processors, {report['platform']}, load {report['load_before']}")
    allowed = allowed_processors()
    for threads in options.threads:
        hold_to(threads, allowed)
        with workers(options, threads) as (at, missing):
            versions = {library: worker.hello for library, worker in at.items()}
            present = list(at)
            results = {
                name: summarise(time_workload(WORKLOADS[name], at, options.rounds, options.subject), options.subject)
                for name in options.workloads
                if name != IMPORT
            }
        if IMPORT in options.workloads:
            results[IMPORT] = summarise(time_import(present, options, threads), options.subject)
        if not report["runs"]:
            print(", ".join(told(library, hello) for library, hello in versions.items()))
            for library, why in missing.items():
                print(f"{library} is left out: {why}")
        title = f"threads: {threads}; medians of {options.rounds} rounds; ratio = peer / {options.subject}"
        print_table(title, results, options.subject, present)
        report["runs"].append({"threads": threads, "versions": versions, "missing": missing, "results": results})

    report["sizes"] = sizes.told(present, options.pythons, options.wheels)
    print()
    for line in sizes.lines(report["sizes"]):
        print(line)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    notes = [note for run in report["runs"] for r in run["results"].values() for note in r["notes"].values()]
    if any(note.startswith(OTHER_NUMBERS) for note in notes):
        raise SystemExit("the libraries do not compute the same numbers")


if __name__ == "__main__":
    main(sys.argv[1:])
