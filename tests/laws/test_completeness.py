"""Every row of the operator table that can be differentiated is among the samples, under each of its nodes' names."""

from typing import Any

from samples import LAYOUTS, SAMPLES
from test_derivatives import FIRST, SECOND, derivative, point, weights

from wengert import _wengert

NO_DERIVATIVE = "torch has a node that refuses, and so have we"

# (row, name of its node): why no sample reaches it. The parity suite does, where anything can.
ELSEWHERE: dict[tuple[str, str], str] = {
    ("Alias", "Identity"): "the primal of a dual tensor, which only a forward-mode level has",
    ("BernoulliOf", "NotImplemented"): "the node of what has no derivative",
    ("Unique", "Unique2Backward0"): NO_DERIVATIVE,
    ("Unique", "UniqueDimBackward0"): NO_DERIVATIVE,
    ("UniqueConsecutive", "UniqueConsecutiveBackward0"): NO_DERIVATIVE,
    ("Delayed", "Error"): "a gradient that has none, behind a product of several zeros",
    ("JoinAlong", "NotImplemented"): "scatter with reduce=, of which torch has no derivative",
    ("FloorDivide", "NotImplemented"): "the same",
    ("Heaviside", "NotImplemented"): "the same",
    ("NextAfterHalf", "NextafterBackward0"): "of half types alone",
}


def applications(value: Any) -> set[tuple[str, int]]:
    """The rows of all nodes behind a value, each with the place of the node's name among the row's."""
    seen, found, waiting = set(), set(), [value.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            row = _wengert._row_of(node)
            found |= {row} if row else set()
            waiting += [parent for parent, _ in node.next_functions]
    return found


def reached() -> set[tuple[str, int]]:
    """What the laws apply: a sample, and what its derivatives record up to the third."""
    found: set[tuple[str, int]] = set()
    for sample in SAMPLES.values():
        leaf = point()
        value = sample(LAYOUTS["contiguous"](leaf))
        found |= applications(value)
        value = (value * weights(value)).sum()
        for direction in (FIRST, SECOND, FIRST):
            first = derivative(value, leaf, True)
            found |= applications(first) if first.requires_grad else set()
            value = (first * direction).sum()
    return found


def test_every_node_of_every_row_is_among_the_samples() -> None:
    rows = _wengert._rows()
    names = {(r["row"], i): (r["row"], node) for r in rows for i, node in enumerate(r["nodes"])}
    found = {names[place] for place in reached() if place in names}
    missing = set(names.values()) - found - ELSEWHERE.keys()
    assert not missing, f"rows whose nodes no sample in tests/laws/samples/ records: {sorted(missing)}"
    stale = ELSEWHERE.keys() & found
    assert not stale, f"reached after all: {sorted(stale)}"


def test_a_row_that_has_derivatives_has_nodes_and_only_such_a_row() -> None:
    wrong = [r["row"] for r in _wengert._rows() if r["row"] and any(r["differentiable"]) != bool(r["nodes"])]
    assert not wrong, f"rows with derivatives and no name for their nodes, or the other way round: {wrong}"
