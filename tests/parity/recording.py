"""The recorded outcomes: one JSON file a subject, one scenario a line so that a change reads well in a diff."""

import functools
import json
from pathlib import Path
from typing import Any

from .catalogue import Scenario
from .harness import outcome

FOLDER = Path(__file__).parent / "recorded"


@functools.cache
def load(subject: str) -> dict[str, Any]:
    """The recorded outcomes of a subject by the scenario's name; empty if there are none."""
    path = FOLDER / f"{subject}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def text_of(outcomes: dict[str, Any]) -> str:
    """The text of a recording."""
    lines = [f"{json.dumps(name)}: {json.dumps(told, separators=(',', ':'))}" for name, told in outcomes.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def as_stored(told: dict[str, Any]) -> dict[str, Any]:
    """An outcome as it would come back from a file, so that a live one and a recorded one compare alike."""
    return json.loads(json.dumps(told))


def run(library: Any, scenarios: list[Scenario]) -> dict[str, dict[str, Any]]:
    """The outcomes of scenarios by subject and name."""
    found: dict[str, dict[str, Any]] = {}
    for scenario in scenarios:
        found.setdefault(scenario.subject, {})[scenario.name] = as_stored(outcome(library, scenario))
    return found
