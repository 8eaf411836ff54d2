"""NumPy's arrays and scalars beside a tensor: what torch gives (which the tests without torch remember)."""

import operator

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
@pytest.mark.parametrize("scalar", [np.int64(3), np.bool_(True), np.uint8(1), np.float32(1.0)])
def test_an_operator_that_is_not_built_says_so_beside_a_scalar(sign: object, scalar: object) -> None:
    for operands in [(torch.tensor([1, 2]), scalar), (scalar, torch.tensor([1, 2]))]:
        with pytest.raises(NotImplementedError, match="wengert has not built it yet"):
            sign(*operands)  # type: ignore[operator]
