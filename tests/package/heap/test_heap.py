"""A steady loop asks nothing of the heap, counted from outside the library (see shim.c and loops.py)."""

from collections.abc import Callable
from typing import Any

import loops
import pytest

TURNS = 10_000
# Resident pages may still move a little (a page of a stack or a block first touched late). A leak of one 128-byte
# record a turn is ten times this over half the turns.
SLACK = 64 * 1024

Count = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("loop", loops.MAKERS)
def test_a_steady_loop_makes_no_heap_call_and_does_not_grow(count: Count, loop: str) -> None:
    seen = count(loop, TURNS)
    assert seen["own"] == {} and seen["others"] == {}, seen
    assert seen["grown"] <= SLACK, seen


def test_control_python_alone_counts_nothing(count: Count) -> None:
    seen = count("plain_python", TURNS)
    assert seen["own"] == {} and seen["others"] == {}, seen


def test_control_each_kind_of_call_is_counted_exactly(count: Count) -> None:
    own = count("every_kind", 1000)["own"]
    assert len(own) == 10 and set(own.values()) == {1000}, own


def test_control_another_thread_is_counted(count: Count) -> None:
    seen = count("another_thread", 1000)
    assert seen["others"]["malloc"] >= 1000, seen


def test_control_a_leak_shows_in_the_resident_size(count: Count) -> None:
    assert count("leak", TURNS)["grown"] > SLACK
