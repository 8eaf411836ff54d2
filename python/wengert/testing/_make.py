"""`make_tensor`: a tensor of random numbers for a test."""

from __future__ import annotations

import math
import warnings
from typing import Any

from wengert import _wengert
from wengert._wengert import Tensor


def make_tensor(
    *shape: Any,
    dtype: _wengert.dtype,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A tensor of a shape (a tuple, or its extents) with numbers from `low` up to `high`, drawn evenly.

    Usual bounds: -9 and 9 for floating point and complex types, -9 and 10 for integers, 0 and 10 for uint8, 0 and 2 for
    bool; of whole numbers `high` is never drawn. `noncontiguous` lays the elements out with gaps, `exclude_zero` puts
    the least positive number in the place of zeros.

    Raises ValueError for bounds that the type does not have, or that leave nothing between them.
    """
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, "
            f"but got noncontiguous={noncontiguous!r} and memory_format={memory_format!r}"
        )
    floating = dtype.is_floating_point or dtype.is_complex
    if requires_grad and not floating:
        raise ValueError(
            f"`requires_grad=True` is not supported for boolean and integral dtypes, but got dtype={dtype!r}"
        )
    if floating and low is not None and low == high:
        text = (
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 "
            "and will be removed in 2.3. Use `torch.full(...)` instead."
        )
        warnings.warn(text, FutureWarning, stacklevel=2)
    sizes = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
    low, high = bounds(dtype, low, high)
    gaps = noncontiguous and math.prod(sizes) > 1
    made = drawn((*sizes[:-1], 2 * sizes[-1]) if gaps else sizes, dtype, device, low, high)
    if gaps:
        made = made[..., 1::2]
    elif memory_format is not None:
        made = made.clone(memory_format=memory_format)
    if exclude_zero:
        least = _wengert.finfo(dtype).tiny if floating else 1
        made[made == 0] = least
    return made.requires_grad_() if requires_grad else made


def bounds(dtype: _wengert.dtype, low: float | None, high: float | None) -> tuple[float, float]:
    """The least number and the end; for whole numbers both are whole."""
    least: float
    most: float
    if dtype.is_floating_point or dtype.is_complex:
        info: Any = _wengert.finfo(dtype)
        usual, least, most = (-9, 9), info.min, info.max
    elif dtype == _wengert.bool:
        usual, least, most = (0, 2), 0, 2
    else:
        info = _wengert.iinfo(dtype)
        usual, least, most = (0 if info.min == 0 else -9, 10), info.min, info.max + 1
    low, high = usual[0] if low is None else low, usual[1] if high is None else high
    if any(isinstance(bound, float) and math.isnan(bound) for bound in (low, high)):
        raise ValueError(f"`low` and `high` cannot be NaN, but got low={low!r} and high={high!r}")
    floating = dtype.is_floating_point or dtype.is_complex
    if low > high or (low == high and not floating):
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    if high < least or low > most or (not floating and low >= most):
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), "
            f"but {dtype} only supports [{least}, {most})"
        )
    low, high = max(low, least), min(high, most)
    return (low, high) if floating else (math.ceil(low), math.ceil(high))


def drawn(sizes: tuple[int, ...], dtype: _wengert.dtype, device: Any, low: float, high: float) -> Tensor:
    if not (dtype.is_floating_point or dtype.is_complex):
        # randint's end is an int64.
        return _wengert.randint(int(low), min(int(high), 2**63 - 1), sizes, dtype=dtype, device=device)
    if dtype.is_complex:
        parts = drawn((*sizes, 2), dtype.to_real(), device, low, high)
        return _wengert.view_as_complex(parts)
    wide = dtype if dtype in (_wengert.float32, _wengert.float64) else _wengert.float32
    # Half of each, so that the width of the widest range does not overflow.
    unit = _wengert.rand(sizes, dtype=wide, device=device)
    return ((unit * (high / 2 - low / 2)) * 2 + low).to(dtype)
