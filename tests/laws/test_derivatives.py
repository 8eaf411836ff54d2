"""Every derivative of the operator table by laws alone, without an oracle.

A gradient is the limit of differences; vjp and jvp are adjoint to each other, <u, J v> = <J^T u, v>; and the gradient
of a gradient is the limit of the gradient's differences.
"""

from typing import Any

import pytest
from samples import LAYOUTS, OTHER, POINTS, SAMPLES

import wengert as torch
from wengert import _wengert

STEP = 1e-5


def weights(value: Any) -> Any:
    """A cotangent of the value's shape."""
    count = value.numel()
    flat = torch.tensor([0.3 + 0.17 * ((7 * i) % 5) - 0.4 * (i % 2) for i in range(count)], dtype=torch.float64)
    return flat.reshape(tuple(value.shape))


def point() -> Any:
    return torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)


def shifted(i: int, by: float) -> Any:
    return torch.tensor([p + (by if k == i else 0.0) for k, p in enumerate(POINTS)], dtype=torch.float64)


def scalar(name: str, layout: str, flat: Any) -> Any:
    value = SAMPLES[name](LAYOUTS[layout](flat))
    return (value * weights(value)).sum()


def gradient(name: str, layout: str, flat: Any, recorded: bool = False) -> Any:
    leaf = flat if recorded else flat.detach().requires_grad_()
    return torch.autograd.grad(scalar(name, layout, leaf), leaf, create_graph=recorded)[0]


def close(a: list[float], b: list[float], tolerance: float) -> bool:
    return all(abs(x - y) <= tolerance * max(1.0, abs(x), abs(y)) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_gradient_is_the_limit_of_differences(name: str, layout: str) -> None:
    got = gradient(name, layout, point()).tolist()
    wanted = [
        (scalar(name, layout, shifted(i, STEP)) - scalar(name, layout, shifted(i, -STEP))).item() / (2 * STEP)
        for i in range(6)
    ]
    assert close(got, wanted, 1e-6), (got, wanted)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", SAMPLES)
def test_vjp_and_jvp_are_adjoint(name: str, layout: str) -> None:
    v = torch.tensor(OTHER, dtype=torch.float64)
    leaf = point()
    value = SAMPLES[name](LAYOUTS[layout](leaf))
    u = weights(value)
    backward = (torch.autograd.grad(value, leaf, u)[0] * v).sum().item()
    _, tangent = torch.func.jvp(lambda flat: SAMPLES[name](LAYOUTS[layout](flat)), (leaf.detach(),), (v,))
    forward = (tangent * u).sum().item()
    assert close([backward], [forward], 1e-11), (backward, forward)


@pytest.mark.parametrize("layout", ["contiguous", "transposed"])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_second_derivative_is_the_limit_of_the_gradients_differences(name: str, layout: str) -> None:
    v = torch.tensor(OTHER, dtype=torch.float64)
    leaf = point()
    first = gradient(name, layout, leaf, recorded=True)
    second = torch.autograd.grad((first * v).sum(), leaf, allow_unused=True)[0] if first.requires_grad else None
    got = [0.0] * 6 if second is None else second.tolist()
    wanted = [
        ((gradient(name, layout, shifted(i, STEP)) - gradient(name, layout, shifted(i, -STEP))) * v).sum().item()
        / (2 * STEP)
        for i in range(6)
    ]
    assert close(got, wanted, 1e-5), (got, wanted)


def nodes(value: Any) -> set[str]:
    """The names of all nodes behind a value."""
    seen, names, waiting = set(), set(), [value.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            names.add(node.name().removeprefix("torch::autograd::"))
            waiting += [parent for parent, _ in node.next_functions]
    return names


# Rows whose laws are the parity suite's alone: only a sweep of a sweep records the first two, and a conversion to
# fewer digits has no differences to speak of.
ELSEWHERE = {"SgnBackward0", "GatherBackward0", "ToCopyBackward0"}


def test_every_row_that_records_is_among_the_samples() -> None:
    reached: set[str] = set()
    for name in SAMPLES:
        leaf = point()
        value = SAMPLES[name](LAYOUTS["contiguous"](leaf))
        first = torch.autograd.grad((value * weights(value)).sum(), leaf, create_graph=True)[0]
        reached |= nodes(value) | (nodes(first) if first.requires_grad else set())
    known = reached | ELSEWHERE
    missing = {row: names for row, names in _wengert._rows() if names and not known & set(names)}
    assert not missing, f"rows without a sample in tests/laws/samples.py: {missing}"
