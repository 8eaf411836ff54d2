"""The recorded outcomes: one compressed JSON file a subject, one scenario a line.

Compressed, because texts of errors repeat themselves: a tenth of the bytes. `git config diff.gzip.textconv "gzip -dc"`
makes a change read well in a diff all the same.
"""

import functools
import gzip
import json
from pathlib import Path
from typing import Any

from .catalogue import Scenario
from .harness import outcome

FOLDER = Path(__file__).parent / "recorded"


SUFFIX = ".json.gz"


def path_of(subject: str) -> Path:
    """Where a subject's recording lies."""
    return FOLDER / f"{subject}{SUFFIX}"


def recorded() -> dict[str, Path]:
    """Every recording there is, by subject."""
    return {path.name.removesuffix(SUFFIX): path for path in FOLDER.glob(f"*{SUFFIX}")}


@functools.cache
def load(subject: str) -> dict[str, Any]:
    """The recorded outcomes of a subject by the scenario's name; empty if there are none."""
    path = path_of(subject)
    return json.loads(gzip.decompress(path.read_bytes())) if path.exists() else {}


def store(subject: str, outcomes: dict[str, Any]) -> None:
    """Writes a recording, unless it says the same already: two compressors may differ in their bytes."""
    lines = [f"{json.dumps(name)}: {json.dumps(told, separators=(',', ':'))}" for name, told in outcomes.items()]
    if load(subject) != outcomes:
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        path_of(subject).write_bytes(gzip.compress(text.encode(), mtime=0))


def as_stored(told: dict[str, Any]) -> dict[str, Any]:
    """An outcome as it would come back from a file, so that a live one and a recorded one compare alike."""
    return json.loads(json.dumps(told))


def run(library: Any, scenarios: list[Scenario]) -> dict[str, dict[str, Any]]:
    """The outcomes of scenarios by subject and name."""
    found: dict[str, dict[str, Any]] = {}
    for scenario in scenarios:
        found.setdefault(scenario.subject, {})[scenario.name] = as_stored(outcome(library, scenario))
    return found
