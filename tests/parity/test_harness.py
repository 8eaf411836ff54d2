"""The judge is judged: outcomes made by hand, which need no library at all."""

from typing import Any

import pytest

from .catalogue import Scenario, close, each, every_scenario
from .harness import bits, differences, numbers_of, shown_once

NAN, INFINITY = float("nan"), float("inf")


def _scenario(**tolerance: float) -> Scenario:
    return Scenario("subject", "name", lambda torch: None, {}, tolerance or None, False)


def _tensor(numbers: list[float], header: str = "float32 [2] [1] leaf") -> dict[str, Any]:
    return {"value": {"tensor": header, "elements": bits(header.partition(" ")[0], numbers)}}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_bits_and_numbers_are_inverse(dtype: str) -> None:
    """Every number that the dtype holds comes back, and each NaN as one NaN."""
    numbers = [0.0, -0.0, 1.5, -2.0, INFINITY, -INFINITY]
    assert numbers_of(dtype, bits(dtype, numbers)) == numbers
    assert bits(dtype, numbers_of(dtype, bits(dtype, [NAN, 1.0]))) == bits(dtype, [NAN, 1.0])


def test_without_a_tolerance_every_bit_counts() -> None:
    """One unit in the last place, and the sign of zero, are differences; NaN is NaN."""
    exact = _scenario()
    assert not differences(_tensor([NAN, 1.0]), _tensor([NAN, 1.0]), exact)
    assert differences(_tensor([1.0, 1.0]), _tensor([1.0, 1.0 + 2**-23]), exact)
    assert differences(_tensor([0.0, 1.0]), _tensor([-0.0, 1.0]), exact)
    assert differences(_tensor([NAN, 1.0]), _tensor([0.0, 1.0]), exact)


def test_a_tolerance_is_for_numbers_only() -> None:
    """Close numbers pass and far ones do not; infinities, NaN and the header must be the same."""
    near = _scenario(rtol=1e-5)
    assert not differences(_tensor([1.0, 2.0]), _tensor([1.000001, 2.0]), near)
    assert differences(_tensor([1.0, 2.0]), _tensor([1.001, 2.0]), near)
    assert differences(_tensor([INFINITY, 2.0]), _tensor([3e38, 2.0]), near)
    assert differences(_tensor([NAN, 2.0]), _tensor([1.0, 2.0]), near)
    assert differences(_tensor([1.0, 2.0]), _tensor([1.0, 2.0], "float32 [2] [2] leaf"), near)
    assert differences(_tensor([1.0, 2.0]), _tensor([1.0, 2.0], "float64 [2] [1] leaf"), near)


def test_what_was_raised_is_compared_to_the_letter() -> None:
    """Type and text, and raising is not the same as returning."""
    raised = {"raised": ["RuntimeError", "text"]}
    assert not differences(raised, dict(raised), _scenario())
    assert differences(raised, {"raised": ["ValueError", "text"]}, _scenario())
    assert differences(raised, {"raised": ["RuntimeError", "Text"]}, _scenario())
    assert differences(raised, {"value": None}, _scenario())


def test_values_keep_their_types() -> None:
    """True is not 1, a tuple is not a list, and lengths count."""
    exact = _scenario()
    assert differences({"value": True}, {"value": 1}, exact)
    assert differences({"value": [1]}, {"value": {"tuple": [1]}}, exact)
    assert differences({"value": [1]}, {"value": [1, 1]}, exact)


def test_a_warning_of_once_may_have_been_shown_earlier() -> None:
    """It must come the first time; from then on its absence is right. Other warnings must come every time."""
    once = ["UserWarning", "Casting complex values to real discards the imaginary part"]
    always = ["UserWarning", "something else"]
    shown_once.pop("a library", None)
    expected = {"value": None, "warned": [once]}
    assert differences(expected, {"value": None}, _scenario(), "a library")
    assert not differences(expected, dict(expected), _scenario(), "a library")
    assert not differences(expected, {"value": None}, _scenario(), "a library")
    assert differences({"value": None, "warned": [always]}, {"value": None}, _scenario(), "a library")
    assert differences({"value": None}, {"value": None, "warned": [always]}, _scenario(), "a library")


def test_marks_reach_the_scenarios() -> None:
    """Choices multiply, and the mark of tolerance is kept."""

    @close(rtol=0.5)
    @each(a=[1, 2], b=["x", "y"])
    def example(torch: Any, a: int, b: str) -> None:
        """Never run."""

    assert example.tolerance == {"rtol": 0.5}
    assert [tuple(case.values()) for case in example.cases] == [(1, "x"), (1, "y"), (2, "x"), (2, "y")]


def test_every_subject_has_scenarios() -> None:
    """No module of scenarios is empty, so a renamed parameter cannot silence one."""
    counts: dict[str, int] = {}
    for scenario in every_scenario():
        counts[scenario.subject] = counts.get(scenario.subject, 0) + 1
    assert len(counts) > 25
    assert min(counts.values()) >= 5
