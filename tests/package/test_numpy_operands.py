"""NumPy's arrays and scalars beside a tensor: what torch gives (which the tests without torch remember)."""

import operator
from typing import Any

import numpy as np
import pytest

import wengert as torch


def test_equality_with_an_array_is_by_element() -> None:
    x = torch.tensor([1, 0])
    for left, right in [(x, np.array([1, 1])), (np.array([1, 1]), x)]:
        same = left == right
        assert isinstance(same, torch.Tensor)
        assert same.tolist() == [True, False]
    assert (x == np.array([[1.0, 0.0]])).tolist() == [[True, True]]
    assert (x == np.array(1)).tolist() == [True, False]


def test_equality_with_an_array_that_is_no_tensor() -> None:
    x = torch.tensor([1, 0])
    assert (x == np.array(["a", "b"])) is False
    assert (x == np.array([1, 0], dtype=object)) is False
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        _ = x == np.array([1, 1, 1])
    with pytest.raises(ValueError, match="negative"):
        _ = x == np.array([1, 0])[::-1]
    # torch leaves inequality to Python, for which other objects differ.
    assert (x != np.array([1, 1])) is True


def test_an_array_is_divided() -> None:
    quotient = np.array([1.0, 3.0]) / torch.tensor([2.0, 4.0])
    assert isinstance(quotient, torch.Tensor)
    assert quotient.tolist() == [0.5, 0.75]


@pytest.mark.parametrize("sign", [operator.floordiv, operator.lshift, operator.rshift])
@pytest.mark.parametrize("scalar", [np.int64(3), np.uint8(1)])
def test_whole_operators_take_a_scalar_on_either_side(sign: Any, scalar: Any) -> None:
    x, number = torch.tensor([1, 2]), int(scalar)
    right, left = sign(x, scalar), sign(scalar, x)
    assert right.dtype is left.dtype is torch.int64
    assert right.tolist() == [sign(1, number), sign(2, number)]
    assert left.tolist() == [sign(number, 1), sign(number, 2)]


@pytest.mark.parametrize(("sign", "name"), [(operator.lshift, "lshift"), (operator.rshift, "rshift")])
def test_a_float_has_no_bits_to_shift(sign: Any, name: str) -> None:
    for operands in [(torch.tensor([1, 2]), np.float32(1.0)), (np.float32(1.0), torch.tensor([1, 2]))]:
        with pytest.raises(NotImplementedError, match=f'"{name}_cpu" not implemented for'):
            sign(*operands)
