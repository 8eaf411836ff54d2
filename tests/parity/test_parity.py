"""Every scenario has the same outcome in wengert as in torch: live where torch can be imported, else as recorded."""

import importlib.util
from typing import Any

import pytest

import wengert

from . import recording
from .catalogue import Scenario, every_scenario
from .deliberate import DELIBERATE, excuses
from .harness import differences, outcome
from .pending import pending

SCENARIOS = every_scenario()
PENDING = pending()
RUN = [scenario for scenario in SCENARIOS if f"{scenario.subject}/{scenario.name}" not in PENDING]
LIVE = importlib.util.find_spec("torch") is not None


def expected_outcome(scenario: Scenario) -> dict[str, Any]:
    """What torch does."""
    if LIVE:
        import torch

        return recording.as_stored(outcome(torch, scenario))
    return recording.load(scenario.subject)[scenario.name]


def lines_of(scenario: Scenario) -> list[str]:
    """Where wengert differs from torch in this scenario."""
    got = recording.as_stored(outcome(wengert, scenario))
    return differences(expected_outcome(scenario), got, scenario, "wengert")


def named(scenario: Scenario) -> bool:
    """Whether the table of deliberate differences mentions it."""
    return any(f"{scenario.subject}/{scenario.name}".startswith(name) for name, _, _ in DELIBERATE)


@pytest.mark.parametrize("scenario", RUN, ids=lambda scenario: f"{scenario.subject}/{scenario.name}")
def test_parity(scenario: Scenario) -> None:
    """One scenario, one test."""
    lines = [line for line in lines_of(scenario) if not excuses(scenario, line)]
    assert not lines, "\n" + "\n".join(lines)


def test_every_pending_id_names_a_scenario() -> None:
    """The list of what is still to do holds nothing that was renamed or dropped."""
    assert PENDING <= {f"{scenario.subject}/{scenario.name}" for scenario in SCENARIOS}


def test_every_deliberate_difference_still_is_one() -> None:
    """No entry of the table excuses what no longer differs."""
    used = {excuses(scenario, line) for scenario in SCENARIOS if named(scenario) for line in lines_of(scenario)}
    assert [entry for entry in DELIBERATE if entry not in used] == []


def test_the_recording_is_complete() -> None:
    """Each scenario is recorded, and nothing else is."""
    names = {(scenario.subject, scenario.name) for scenario in SCENARIOS}
    stored = {(subject, name) for subject in recording.recorded() for name in recording.load(subject)}
    assert names == stored, "run: python -m tests.parity.record"


if LIVE:

    def test_the_recording_is_current() -> None:
        """What is recorded is what the installed torch does."""
        stale = []
        for scenario in SCENARIOS:
            stored = recording.load(scenario.subject).get(scenario.name, {})
            if differences(stored, expected_outcome(scenario), scenario):
                stale.append(f"{scenario.subject}/{scenario.name}")
        assert not stale, "run: python -m tests.parity.record"


def test_the_recording_is_small() -> None:
    """What everybody downloads with the repository stays under 3 MB."""
    assert sum(path.stat().st_size for path in recording.recorded().values()) < 3_000_000
