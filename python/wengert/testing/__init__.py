"""Assertions on tensors: `assert_close`, with torch's tolerances, options and messages; and `make_tensor`."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from wengert import _unbuilt
from wengert.testing import _pairs
from wengert.testing._make import make_tensor as make_tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["assert_allclose", "assert_close", "make_tensor"]

__getattr__ = _unbuilt.in_module(__name__)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Asserts that `actual` and `expected` are close: `|actual - expected| <= atol + rtol * |expected|`.

    Both are tensors, NumPy arrays, numbers, truth values, None, or nested sequences and mappings of these, alike in
    structure. Without tolerances those of the element type hold (of two types the wider ones), which for whole numbers
    is equality; give both or none. nan is close to nan with `equal_nan`.

    Raises AssertionError where they are not close, with `msg` as its text, or what `msg` makes of the usual text;
    TypeError for objects that cannot be compared; ValueError for one tolerance without the other.

    >>> torch.testing.assert_close(torch.ones(2), torch.ones(2) + 1e-7)
    >>> torch.testing.assert_close({"a": [1, 2]}, {"a": [1, 3]})
    Traceback (most recent call last):
        ...
    AssertionError: Scalars are not equal!
    <BLANKLINE>
    Expected 3 but got 2.
    Absolute difference: 1
    Relative difference: 0.3333333333333333
    <BLANKLINE>
    The failure occurred for item ['a'][1]
    """
    options = _pairs.Options(
        rtol, atol, equal_nan, check_device, check_dtype, check_layout, check_stride, allow_subclasses
    )
    failure = _pairs.first_failure(actual, expected, options)
    if failure is not None:
        raise failure.told(msg) from None


ALLCLOSE = {"float16": (1e-3, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-5, 1e-8)}
"""The tolerances (relative, absolute) that `assert_allclose` has had; those of other types are 0."""


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """The older `assert_close`: it makes tensors of its arguments, lets types differ, and nan be equal to nan.

    Raises as `assert_close` does.
    """
    warnings.warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. "
        "Please use `torch.testing.assert_close()` instead. You can find detailed upgrade instructions in "
        "https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
        stacklevel=2,
    )
    tensors = [_pairs.as_plain_tensor(given) for given in (actual, expected)]
    if rtol is None and atol is None:
        known = [ALLCLOSE.get(str(t.dtype).removeprefix("torch."), (0.0, 0.0)) for t in tensors]
        rtol, atol = (max(both) for both in zip(*known, strict=True))
    assert_close(
        *tensors,
        rtol=rtol,
        atol=atol,
        equal_nan=equal_nan,
        check_device=True,
        check_dtype=False,
        check_stride=False,
        msg=msg or None,
    )
