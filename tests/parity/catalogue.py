"""What a scenario is, how it is marked, and where all of them are found.

A scenario is a plain function `def name(torch): ... return value`. Whatever it returns is compared, and so is what it
raises and what it warns. It must not touch torch's random stream unless that is its subject: `inputs.py` makes numbers.
"""

import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import scenarios


@dataclass(frozen=True)
class Scenario:
    """One function with one set of arguments; `name` is its id in pytest and its key in the recording."""

    subject: str
    name: str
    function: Callable[..., Any]
    arguments: dict[str, Any]
    tolerance: dict[str, float] | None
    prints: bool

    def run(self, torch: Any) -> Any:
        """The scenario's value when `torch` is the given library."""
        return self.function(torch, **self.arguments)


def close(rtol: float | None = None, atol: float | None = None) -> Callable[[Any], Any]:
    """Mark: floating-point values need only agree within a tolerance; without this mark they agree bit for bit."""

    def mark(function: Any) -> Any:
        given = {"rtol": rtol, "atol": atol}
        function.tolerance = {name: value for name, value in given.items() if value is not None}
        return function

    return mark


def prints(function: Any) -> Any:
    """Mark: every tensor that the scenario returns must also print the same."""
    function.prints = True
    return function


def each(**choices: list[Any]) -> Callable[[Any], Any]:
    """Mark: one scenario for every combination of the choices, passed by keyword."""

    def mark(function: Any) -> Any:
        function.cases = [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]
        return function

    return mark


def scenarios_of(module: Any) -> Iterator[Scenario]:
    """The scenarios of one module, in the order of its text."""
    subject = module.__name__.rpartition(".")[2]
    for name, function in vars(module).items():
        if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != module.__name__:
            continue
        if next(iter(inspect.signature(function).parameters), None) != "torch":
            continue
        for arguments in getattr(function, "cases", [{}]):
            case = "-".join(_label(value) for value in arguments.values())
            yield Scenario(
                subject,
                f"{name}[{case}]" if case else name,
                function,
                arguments,
                getattr(function, "tolerance", None),
                getattr(function, "prints", False),
            )


def every_scenario() -> list[Scenario]:
    """All scenarios of all subjects. Two of one name would hide each other in a recording, so that is an error."""
    found = []
    for information in pkgutil.iter_modules(scenarios.__path__):
        module = importlib.import_module(f"{scenarios.__name__}.{information.name}")
        found += scenarios_of(module)
    names = [(scenario.subject, scenario.name) for scenario in found]
    twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    if twice:
        raise ValueError(f"scenarios that share a name: {sorted(twice)}")
    return found


def _label(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "(" + ",".join(_label(part) for part in value) + ")"
    return getattr(value, "__name__", str(value)).replace("torch.", "")
