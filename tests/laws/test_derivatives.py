"""Every derivative of the operator table by laws alone, without an oracle.

A gradient is the limit of differences, and so are the gradient of a gradient and the third derivative; vjp and jvp are
adjoint to each other, <u, J v> = <J^T u, v>; and second derivatives are the same in whichever modes they are taken.
"""

from typing import Any

import pytest
from samples import LAYOUTS, LIES, OF_NOTHING, OTHER, POINTS, SAMPLES

import wengert as torch

STEP = 1e-5
CASES = [(name, layout) for name in SAMPLES for layout in LAYOUTS]
each_case = pytest.mark.parametrize(("name", "layout"), CASES, ids=lambda value: value)


def weights(value: Any) -> Any:
    """A cotangent of the value's shape."""
    count = value.numel()
    flat = torch.tensor([0.3 + 0.17 * ((7 * i) % 5) - 0.4 * (i % 2) for i in range(count)], dtype=torch.float64)
    return flat.reshape(tuple(value.shape))


def point() -> Any:
    return torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)


def shifted(i: int, by: float) -> Any:
    return torch.tensor([p + (by if k == i else 0.0) for k, p in enumerate(POINTS)], dtype=torch.float64)


FIRST = torch.tensor(OTHER, dtype=torch.float64)
SECOND = torch.tensor([0.4, -0.9, 0.7, 1.1, -0.2, 0.6], dtype=torch.float64)


def scalar(name: str, layout: str, flat: Any) -> Any:
    value = SAMPLES[name](LAYOUTS[layout](flat))
    return (value * weights(value)).sum()


def derivative(value: Any, leaf: Any, recorded: bool) -> Any:
    """The gradient; zeros where nothing depends on the leaf."""
    found = (
        torch.autograd.grad(value, leaf, create_graph=recorded, allow_unused=True)[0] if value.requires_grad else None
    )
    return torch.zeros(6, dtype=torch.float64) if found is None else found


def gradient(name: str, layout: str, leaf: Any, recorded: bool = False) -> Any:
    return derivative(scalar(name, layout, leaf), leaf, recorded)


def curvature(name: str, layout: str, leaf: Any, recorded: bool = False) -> Any:
    """The second derivative times a vector."""
    return derivative((gradient(name, layout, leaf, True) * FIRST).sum(), leaf, recorded)


def slopes(function: Any) -> list[float]:
    """The limit of the differences of a number, in each direction."""
    return [(function(shifted(i, STEP)) - function(shifted(i, -STEP))).item() / (2 * STEP) for i in range(6)]


def wanting(flat: Any) -> Any:
    return flat.detach().requires_grad_()


def close(a: list[float], b: list[float], tolerance: float) -> bool:
    """Within a part of the largest: a small slope beside large ones has their rounding errors."""
    scale = max([1.0, *map(abs, a), *map(abs, b)])
    return all(abs(x - y) <= tolerance * scale for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_control_a_layout_lies_as_its_name_says(layout: str) -> None:
    x = LAYOUTS[layout](point())
    assert tuple(x.shape) == (3, 2) and (x.stride(), x.storage_offset()) == LIES[layout]


@each_case
def test_a_gradient_is_the_limit_of_differences(name: str, layout: str) -> None:
    got = gradient(name, layout, point()).tolist()
    wanted = slopes(lambda flat: scalar(name, layout, flat))
    assert close(got, wanted, 1e-7), (got, wanted)


@each_case
def test_a_second_derivative_is_the_limit_of_the_gradients_differences(name: str, layout: str) -> None:
    got = curvature(name, layout, point()).tolist()
    wanted = slopes(lambda flat: (gradient(name, layout, wanting(flat)) * FIRST).sum())
    assert close(got, wanted, 1e-6), (got, wanted)


@each_case
def test_a_third_derivative_is_the_limit_of_the_second_s_differences(name: str, layout: str) -> None:
    leaf = point()
    got = derivative((curvature(name, layout, leaf, True) * SECOND).sum(), leaf, False).tolist()
    wanted = slopes(lambda flat: (curvature(name, layout, wanting(flat)) * SECOND).sum())
    assert close(got, wanted, 1e-6), (got, wanted)


@each_case
def test_vjp_and_jvp_are_adjoint(name: str, layout: str) -> None:
    leaf = point()
    value = SAMPLES[name](LAYOUTS[layout](leaf))
    u = weights(value)
    backward = (torch.autograd.grad(value, leaf, u)[0] * FIRST).sum().item()
    _, tangent = torch.func.jvp(lambda flat: SAMPLES[name](LAYOUTS[layout](flat)), (leaf.detach(),), (FIRST,))
    forward = (tangent * u).sum().item()
    assert close([backward], [forward], 1e-11), (backward, forward)


@each_case
def test_second_derivatives_agree_in_all_modes(name: str, layout: str) -> None:
    forward_ad = torch.autograd.forward_ad
    wanted = curvature(name, layout, point()).tolist()
    leaf = point()
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(leaf, FIRST)
        value = scalar(name, layout, dual)
        first = derivative(value, leaf, True)
        tangent = forward_ad.unpack_dual(first).tangent
        forward_over_reverse = [0.0] * 6 if tangent is None else tangent.tolist()
        reverse_over_forward = derivative(forward_ad.unpack_dual(value).tangent, leaf, False).tolist()
    assert close(reverse_over_forward, wanted, 1e-10), (reverse_over_forward, wanted)
    assert close(forward_over_reverse, wanted, 1e-10), (forward_over_reverse, wanted)


@pytest.mark.parametrize("name", OF_NOTHING)
def test_what_is_computed_from_nothing_has_no_slope(name: str) -> None:
    def value(flat: Any) -> Any:
        return OF_NOTHING[name](flat.reshape(3, 2)[3:]).sum() + flat.sum()

    leaf = point()
    first = torch.autograd.grad(value(leaf), leaf, create_graph=True)[0]
    assert first.tolist() == [1.0] * 6
    assert derivative((first * FIRST).sum(), leaf, False).tolist() == [0.0] * 6
    _, tangent = torch.func.jvp(value, (leaf.detach(),), (FIRST,))
    assert close([tangent.item()], [sum(OTHER)], 1e-15)
