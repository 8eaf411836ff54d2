"""Scenarios that do not agree with torch yet: `pending.txt`, one id a line.

They are left out of the suite and counted in its header. Each is work to do, not an excuse: what differs on purpose
stands in `deliberate.py`. `python -m tests.parity.pending` makes the list anew; it needs torch and the installed
package, and only ever shortens the list unless it is told `--all`.
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
    known = None if parser.parse_args().all else pending()
    left = []
    for scenario in every_scenario():
        name = f"{scenario.subject}/{scenario.name}"
        if known is not None and name not in known:
            continue
        expected = recording.as_stored(outcome(torch, scenario))
        stored = recording.load(scenario.subject).get(scenario.name, {})
        got = recording.as_stored(outcome(wengert, scenario))
        try:
            lines = differences(expected, got, scenario, "wengert") + differences(stored, got, scenario, "wengert")
        except TypeError as error:
            lines = [str(error)]
        if [line for line in lines if not excuses(scenario, line)]:
            left.append(name)
    LIST.write_text("\n".join(sorted(left)) + "\n")
    print(f"{len(left)} scenarios are pending")


if __name__ == "__main__":
    main()
