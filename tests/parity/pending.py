"""Scenarios that do not agree with torch yet: `pending.txt`, one id a line.

They are left out of the suite and counted in its header. Each is work to do, not an excuse: what differs on purpose
stands in `deliberate.py`. `python -m tests.parity.pending` makes the list anew; it needs torch and the installed
package, and only ever shortens the list unless it is told `--all`. `--show second_order` prints how the scenarios whose
ids begin so differ, listed or not, and writes nothing.
"""

import argparse
from pathlib import Path

from .catalogue import every_scenario
from .deliberate import excuses
from .harness import differences, outcome

LIST = Path(__file__).with_name("pending.txt")


def pending() -> set[str]:
    """The ids on the list."""
    return set(LIST.read_text().split("\n")) - {""}


def main() -> None:
    """Runs every scenario (or those on the list) and writes down what still differs."""
    import torch

    import wengert

    from . import recording

    parser = argparse.ArgumentParser(prog="python -m tests.parity.pending", description=__doc__)
    parser.add_argument("--all", action="store_true", help="also add scenarios that are not on the list")
    parser.add_argument("--show", metavar="PREFIX", help="print the differences of these scenarios, write nothing")
    options = parser.parse_args()
    known = None if options.all or options.show else pending()
    left = []
    for scenario in every_scenario():
        name = f"{scenario.subject}/{scenario.name}"
        if (known is not None and name not in known) or not name.startswith(options.show or ""):
            continue
        expected = recording.as_stored(outcome(torch, scenario))
        stored = recording.load(scenario.subject).get(scenario.name, {})
        got = recording.as_stored(outcome(wengert, scenario))
        try:
            lines = differences(expected, got, scenario, "wengert") + differences(stored, got, scenario, "wengert")
        except TypeError as error:
            lines = [str(error)]
        lines = [line for line in dict.fromkeys(lines) if not excuses(scenario, line)]
        if lines:
            left.append(name)
        if lines and options.show:
            print(name, *lines, sep="\n    ")
    if options.show:
        print(f"{len(left)} scenarios differ")
        return
    LIST.write_text("\n".join(sorted(left)) + "\n")
    print(f"{len(left)} scenarios are pending")


if __name__ == "__main__":
    main()
