"""`torch.Size`: the tuple that shapes are."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, SupportsIndex


def _extent(position: int, item: Any) -> int:
    """One extent as a Python integer of at most 64 bits."""
    if type(item) is int:
        number = item
    else:
        try:
            number = operator.index(item)
        except TypeError:
            kind = type(item).__name__
            raise TypeError(f"torch.Size() takes an iterable of 'int' (item {position} is '{kind}')") from None
    if not -(2**63) <= number < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return number


class Size(tuple[int, ...]):
    """The extents of a tensor's dimensions: a tuple of integers whose slices, sums and multiples are sizes too.

    Raises TypeError where an item is no integer, ValueError where one needs more than 64 bits.
    """

    __slots__ = ()
    __module__ = "wengert"

    def __new__(cls, sizes: Iterable[SupportsIndex] = (), /) -> Size:
        return super().__new__(cls, [_extent(i, item) for i, item in enumerate(sizes)])

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("type 'torch.Size' is not an acceptable base type")

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(repr, self))}])"

    def __getitem__(self, key: Any) -> Any:
        item = super().__getitem__(key)
        return Size(item) if isinstance(key, slice) else item

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return Size(super().__add__(other))

    def __radd__(self, other: Any) -> Any:
        # Python asks this before tuple's own addition, which would give a plain tuple.
        return Size((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Size:
        return Size(super().__mul__(times))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple[type[Size], tuple[tuple[int, ...]]]:
        return Size, (tuple(self),)

    def numel(self) -> int:
        """The number of elements that a tensor of this size has."""
        return math.prod(self)
