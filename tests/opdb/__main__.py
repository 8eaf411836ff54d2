"""`python -m tests.opdb`: the whole database."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from . import database
from .pending import pending, write
from .report import Report, processors, reports_on, summary
from .snippet import snippet
from .tiers import TIERS


def main() -> int:
    """Runs the entries and prints what came of them; 1 where something differs that is on no list."""
    parser = argparse.ArgumentParser(prog="python -m tests.opdb", description="Run torch's own operator database.")
    parser.add_argument("--entry", action="append", metavar="NAME", help="only this entry (div, or div.floor_rounding)")
    parser.add_argument("--show", action="store_true", help="print what differs, with a program that shows it")
    parser.add_argument("--all", action="store_true", help="with --show, every sample, not the first of each check")
    parser.add_argument("--pending", action="store_true", help="make pending.txt anew")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON (- for standard output)")
    parser.add_argument("--jobs", type=int, default=processors(), help="how many processes run")
    parser.add_argument(
        "--seed", type=int, default=0, help="draw other samples (nothing is expected of the lists then)"
    )
    options = parser.parse_args()
    if options.seed and options.pending:
        parser.error("the list is that of seed 0")
    database.SEED[0] = options.seed
    start = time.monotonic()
    names = chosen(options.entry)
    reports = []
    for report in reports_on(names, options.jobs):
        reports.append(report)
        if options.show:
            show(report, options.all)
    figures = summary(reports, TIERS)
    figures["seconds"] = round(time.monotonic() - start, 1)
    if options.pending:
        remake(reports, names)
    if options.json:
        written = json.dumps(figures, indent=2) + "\n"
        sys.stdout.write(written) if options.json == "-" else Path(options.json).write_text(written)
    if options.json != "-":
        tell(figures, reports)
    return 1 if figures["checks_new"] or figures["broken"] or figures["stale_exclusions"] else 0


def chosen(wanted: list[str] | None) -> list[str]:
    """The entries that are run."""
    entries = database.entries()
    if wanted is None:
        return list(entries)
    found = [name for name, entry in entries.items() if name in wanted or entry.name in wanted]
    if not found:
        raise SystemExit(f"the database has no entry {', '.join(wanted)}")
    return found


def show(report: Report, every: bool) -> None:
    """What differs in one entry."""
    if report.broken:
        print(f"{report.entry}: BROKEN: {report.broken}", flush=True)
    for check, found in sorted(report.open().items()):
        of_all = "" if every or len(found) == 1 else f" (the first of {len(found)})"
        for sample, lines in found if every else found[:1]:
            print(f"{check}: sample {sample}{of_all}", *lines, sep="\n    ")
            try:
                program = snippet(check, sample)
            except Exception as error:
                program = f"# no program: {error}"
            print(*(f"        {line}" for line in program.splitlines()), sep="\n", flush=True)


def remake(reports: list[Report], names: list[str]) -> None:
    """Writes down what differs; of entries that were not run, the list stays as it was."""
    kept = {key: sample for key, sample in pending().items() if key[0] not in names}
    for report in reports:
        for check, found in report.open().items():
            kept[check.entry, check.variant, check.kind, check.dtype] = found[0][0]
    write(kept.items())


def tell(figures: dict[str, Any], reports: list[Report]) -> None:
    """The figures for a reader."""
    print(f"operator database of torch {figures['torch']}: {figures['entries']} entries")
    for tier, counts in figures["tiers"].items():
        print(f"  {tier}: {counts['present']} of {counts['entries']} present")
    print(f"  {figures['present']} present in all, of which")
    print(f"    {len(figures['entries_agrees'])} agree in everything")
    print(f"    {len(figures['entries_excluded'])} but for what differs on purpose (exclusions.py)")
    print(f"    {len(figures['entries_differs'])} differ in something: {', '.join(figures['entries_differs'])}")
    print(f"  {len(figures['entries_absent'])} absent")
    print(f"{figures['samples']} samples, {figures['comparisons']} comparisons in {figures['seconds']} s")
    checks = f"{figures['checks']} checks: {figures['checks_differing']} differ"
    print(f"{checks}, {figures['checks_pending']} of them on pending.txt; {figures['checks_excluded']} excluded")
    if figures["samples_left_out"]:
        print(f"{figures['samples_left_out']} samples left out:")
        for report in reports:
            for why, count in report.left_out.items():
                print(f"    {report.entry}: {count}: {why}")
    for name, why in figures["broken"].items():
        print(f"BROKEN: {name}: {why}")
    for line in figures["checks_new"]:
        print(f"NEW: {line}")
    for line in figures["stale_exclusions"]:
        print(f"STALE EXCLUSION: {line}")


if __name__ == "__main__":
    sys.exit(main())
