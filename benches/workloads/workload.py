"""What a workload is."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import repeat
from time import perf_counter_ns
from typing import Any

_ROUNDS = """
def rounds():
{setup}
{first}
    _count = yield ({gives})
    while True:
        _start = _clock()
        for _turn in _repeat(None, _count):
{turn}
        _count = yield _clock() - _start
"""


def _indented(text: str, by: int) -> str:
    return textwrap.indent(textwrap.dedent(text).strip("\n"), " " * by)


@dataclass(frozen=True)
class Code:
    """`setup` runs once and includes the first call (compilation, first pages); `turn` is what is timed.

    `gives` is what the first turn has computed, an expression (a tuple of several): before anything is timed, it must
    be the same numbers in every library. So `setup` leaves everything as the first turn is to find it. `primal`
    computes the value alone, with nothing recorded, where a turn computes a gradient too.
    """

    setup: str
    turn: str
    gives: str
    primal: str = ""

    def timer(self, names: Mapping[str, Any]) -> tuple[Callable[[int], int], Any]:
        """A function that makes so many turns and returns the nanoseconds they took, and what the first turn gave.

        A generator, so that the variables of setup are fast locals of the loop (timeit has that too, but would run
        setup, and with it JAX's compiler, before every round). Nothing is subtracted for the loop itself, some 10 ns.
        """
        source = _ROUNDS.format(
            setup=_indented(self.setup, 4),
            first=_indented(self.turn, 4),
            gives=self.gives,
            turn=_indented(self.turn, 12),
        )
        scope = {**names, "_clock": perf_counter_ns, "_repeat": repeat}
        exec(compile(source, "<workload>", "exec"), scope)
        rounds: Iterator[Any] = scope["rounds"]()
        given = next(rounds)
        return rounds.send, given  # type: ignore[attr-defined]

    def primal_timer(self, names: Mapping[str, Any]) -> Callable[[int], int]:
        """The same of the value alone."""
        return replace(self, turn=self.primal, gives="None").timer(names)[0]


@dataclass(frozen=True)
class Workload:
    """One line of the table. Dialects are "torch" (wengert too), "jax", "numpy"; an absent one has no such notion."""

    name: str
    title: str
    codes: Mapping[str, Code]
    # A figure is the time of a turn divided by this (the nodes of a chain).
    per: int = 1
    # The ratios that the project set out to reach: peer's time over wengert's.
    wanted: Mapping[str, float] = field(default_factory=dict)
