"""Records what torch does: `python -m tests.parity.record`. With `--check` it only says what has changed since."""

import argparse
import sys

import torch

from . import recording
from .catalogue import every_scenario
from .harness import differences, outcome


def main() -> int:
    """Writes the recordings, or compares torch with them and with a second run of itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity.record", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the recordings instead of writing them")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    scenarios = every_scenario()
    first = recording.run(torch, scenarios)
    changed = 0
    for scenario in scenarios:
        told = first[scenario.subject][scenario.name]
        if check:
            expected = recording.load(scenario.subject).get(scenario.name, {})
        else:
            expected, told = told, recording.as_stored(outcome(torch, scenario))
        lines = differences(expected, told, scenario)
        changed += bool(lines)
        for line in lines:
            print(f"{scenario.subject}/{scenario.name}: {line}")
    if not check:
        for subject, path in recording.recorded().items():
            if subject not in first:
                path.unlink()
        by_name = {(scenario.subject, scenario.name): scenario for scenario in scenarios}
        for subject, outcomes in first.items():
            # What another machine's last digits would change is left as it is.
            old = recording.load(subject)
            if old.keys() != outcomes.keys() or any(
                differences(old[name], told, by_name[subject, name]) for name, told in outcomes.items()
            ):
                recording.store(subject, outcomes)
    size = sum(path.stat().st_size for path in recording.recorded().values())
    kind = "differ from the recording" if check else "differ between two runs"
    print(f"{len(scenarios)} scenarios of {len(first)} subjects, {size / 1e6:.2f} MB recorded; {changed} {kind}")
    return int(changed > 0)


if __name__ == "__main__":
    sys.exit(main())
