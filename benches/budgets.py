"""Instructions a turn of hot paths, held to a budget: python benches/budgets.py; --write makes the budgets anew.

Needs valgrind and an installed wheel (benches/README.md says what is counted, and what moves the counts).
"""

import argparse
import gc
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from instructions import counted
from workloads import (
    ADD,
    ADD_RECORDED,
    ITEM,
    REGRESSION,
    SUM_LOOP,
    TIMES_TWO,
    WORKED_EXAMPLE,
    Code,
    Workload,
    chain,
    product,
)

HERE = Path(__file__).parent
BUDGETS = HERE / "budgets.json"
ALLOWED = 1.03
WARM_UP = 100
TURNS = 200

_VIEW = Code("x = torch.arange(4.0)", "x[1:3]", "x[1:3]")
_MEAN = Code("x = torch.arange(4.0)", "x.mean()", "x.mean()")
_MORE = (Workload("view", "x[1:3]", {"torch": _VIEW}), Workload("mean", "x.mean(), 4 floats", {"torch": _MEAN}))
_SHARED = (ADD, ADD_RECORDED, TIMES_TWO, ITEM, WORKED_EXAMPLE, SUM_LOOP, chain(100), REGRESSION, product(4))
PATHS = {workload.name: workload for workload in (*_SHARED, *_MORE)}


def run() -> None:
    """All paths one after the other, with the counter's mark before and after each."""
    import wengert

    gc.disable()
    for path in PATHS.values():
        timer, _ = path.codes["torch"].timer({"torch": wengert})
        timer(WARM_UP)
        os.getppid()
        timer(TURNS)
        os.getppid()


def measured() -> dict[str, float]:
    """Instructions of a turn by path, of the library's own code alone."""
    # What passes between two paths, at odd places, is their setup.
    parts = counted(f"import sys; sys.path.insert(0, {str(HERE)!r}); import budgets; budgets.run()")[::2]
    found = {}
    for path, part in zip(PATHS.values(), parts, strict=True):
        own = sum(count for function, count in part.items() if "_wengert" in Path(function.library).name)
        found[path.name] = round(own / TURNS / path.per, 1)
    return found


def over(found: Mapping[str, float], budgets: Mapping[str, float]) -> list[str]:
    """The paths that cost more than they may, in words."""
    return [
        f"{name}: {count:g} instructions a turn, {count / budgets[name] - 1:.1%} over its budget of {budgets[name]:g}"
        for name, count in found.items()
        if count > budgets[name] * ALLOWED
    ]


def main(arguments: list[str]) -> int:
    """Tells every path; 1 if one is over its budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"make {BUDGETS.name} anew instead of comparing")
    given = parser.parse_args(arguments)
    found = measured()
    if given.write:
        BUDGETS.write_text(json.dumps(found, indent=1) + "\n")
    budgets: dict[str, float] = json.loads(BUDGETS.read_text())
    for name, count in found.items():
        print(f"{count:9.1f}  budget {budgets[name]:9.1f}  {PATHS[name].title}")
    broken = over(found, budgets)
    print(*broken, sep="\n", end="\n" if broken else "")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
