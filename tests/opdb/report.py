"""Runs entries and tells what came of them."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import FrameType
from typing import Any

import torch

from . import database
from .checks import Check, Examination, absent
from .exclusions import EXCLUSIONS, excuse, unbuilt
from .pending import pending

PATIENCE = 600
"""Seconds that one entry may take."""


@dataclass
class Report:
    """What came of one entry: plain data, which can cross to another process."""

    entry: str
    absent: bool = False
    samples: int = 0
    comparisons: int = 0
    seconds: float = 0.0
    broken: str = ""  # where the harness itself failed
    left_out: dict[str, int] = field(default_factory=dict)
    differ: dict[Check, list[tuple[int, list[str]]]] = field(default_factory=dict)
    excused: dict[Check, tuple[str, str, str, str]] = field(default_factory=dict)  # with the exclusion of some samples
    agree: set[Check] = field(default_factory=set)

    def open(self) -> dict[Check, list[tuple[int, list[str]]]]:
        """The checks that differ, of samples that are not excluded."""
        rest = {
            check: [(sample, lines) for sample, lines in found if not unbuilt(lines)]
            for check, found in self.differ.items()
        }
        return {check: found for check, found in rest.items() if found}

    @property
    def state(self) -> str:
        """absent, agrees, excluded (all that differs is excluded), or differs."""
        if self.absent:
            return "absent"
        if self.broken or self.open():
            return "differs"
        return "excluded" if self.differ or self.excused else "agrees"

    @property
    def odd(self) -> set[Check]:
        """The checks of which some sample differs, excluded or not."""
        return self.differ.keys() | self.excused.keys()


def report_on(name: str) -> Report:
    """Runs one entry."""
    entry = database.entries()[name]
    report = Report(name, absent=absent(entry))
    if report.absent:
        return report
    start = time.monotonic()
    signal.signal(signal.SIGALRM, overdue)
    signal.alarm(PATIENCE)
    examination = Examination(entry)
    try:
        for finding in examination.findings():
            report.comparisons += 1
            if finding.lines and (key := excuse(finding)):
                report.excused[finding.check] = key
            elif finding.lines:
                report.differ.setdefault(finding.check, []).append((finding.sample, finding.lines))
            else:
                report.agree.add(finding.check)
    except Exception as error:
        report.broken = f"{type(error).__name__}: {error}"
    signal.alarm(0)
    report.agree -= report.odd
    report.samples, report.left_out = examination.samples, examination.left_out
    report.seconds = time.monotonic() - start
    return report


def overdue(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"not done after {PATIENCE} s")


def reports_on(names: list[str], jobs: int) -> Iterator[Report]:
    """Runs the entries, in several processes; one that dies takes its entry with it, and no other."""
    database.entries()
    if jobs == 1:
        yield from map(report_on, names)
        return
    torch.set_num_threads(1)
    left = list(names)
    while left:
        done = set()
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            waiting = {name: pool.submit(report_on, name) for name in left}
            for name, future in waiting.items():
                try:
                    report = future.result()
                except BrokenProcessPool:
                    break
                done.add(name)
                yield report
        left = [name for name in left if name not in done]
        if left:  # a process died over the first of these, or over one that ran beside it
            suspect, left = left[: jobs + 1], left[jobs + 1 :]
            yield from map(alone, suspect)


def alone(name: str) -> Report:
    """An entry in a process of its own, which may die."""
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
            return pool.submit(report_on, name).result()
    except BrokenProcessPool:
        return Report(name, broken="the process died")


def stale_exclusions(reports: Iterable[Report]) -> list[tuple[str, str, str, str]]:
    """The exclusions of these entries that excuse nothing."""
    used, entries = set(), set()
    for report in reports:
        entries.add(report.entry)
        used |= set(report.excused.values())
    return [key for key in EXCLUSIONS if key[0] in entries and key not in used]


def summary(reports: list[Report], tiers: dict[str, set[str]]) -> dict[str, Any]:
    """The figures, and the entries by what came of them."""
    states: dict[str, list[str]] = {"agrees": [], "excluded": [], "differs": [], "absent": []}
    for report in reports:
        states[report.state].append(report.entry)
    known = pending()
    found = {(c.entry, c.variant, c.kind, c.dtype) for report in reports for c in report.open()}
    of_tier = {}
    for tier, names in tiers.items():
        inside = [report for report in reports if database.entries()[report.entry].name in names]
        of_tier[tier] = {"entries": len(inside), "present": sum(not report.absent for report in inside)}
    return {
        "torch": torch.__version__,
        "entries": len(reports),
        "present": sum(not report.absent for report in reports),
        "tiers": of_tier,
        "samples": sum(report.samples for report in reports),
        "comparisons": sum(report.comparisons for report in reports),
        "checks": sum(len(report.agree) + len(report.odd) for report in reports),
        "checks_excluded": sum(len(report.odd) - len(report.open()) for report in reports),
        "checks_differing": len(found),
        "checks_pending": len(found & known.keys()),
        "checks_new": sorted(" ".join(key) for key in found - known.keys()),
        "stale_exclusions": [" ".join(key) for key in stale_exclusions(reports)],
        "samples_left_out": sum(sum(report.left_out.values()) for report in reports),
        **{f"entries_{state}": names for state, names in states.items()},
        "broken": {report.entry: report.broken for report in reports if report.broken},
    }


def processors() -> int:
    return len(os.sched_getaffinity(0))
