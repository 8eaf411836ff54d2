"""Functions of any number of tensors, and others that torch writes in Python: `torch.functional`."""

from __future__ import annotations

import itertools
import operator

from wengert import _wengert
from wengert._size import Size
from wengert._wengert import Tensor, _handle_torch_function, _has_torch_function, norm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block_diag",
    "broadcast_shapes",
    "broadcast_tensors",
    "cartesian_prod",
    "meshgrid",
    "norm",
    "split",
    "unravel_index",
]


# Their signatures are lists', and a checker of types would compare these with what is written here.
_native: Any = _wengert


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors spread to the shape that they have together: themselves, or views.

    Raises RuntimeError where their shapes do not broadcast together.
    """
    if _has_torch_function(tensors):
        return _handle_torch_function(broadcast_tensors, tensors, *tensors)
    made: tuple[Tensor, ...] = _native.broadcast_tensors(tensors)
    return made


def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """The shape to which tensors of the given shapes broadcast together.

    Raises RuntimeError where they do not, ValueError for negative extents.
    """
    lists: list[Sequence[int]] = []
    for shape in shapes:
        if isinstance(shape, int):
            shape = (shape,)
        if not isinstance(shape, (tuple, list)):
            raise RuntimeError(f"Input shapes should be of type ints, a tuple of ints, or a list of ints, got {shape}")
        lists.append(shape)
    wide = [1] * max(map(len, lists), default=0)
    for place, shape in enumerate(lists):
        for i in range(-1, -1 - len(shape), -1):
            if shape[i] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if wide[i] == shape[i]:
                continue
            if wide[i] == 1:
                wide[i] = shape[i]
            elif shape[i] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[i]} at {i}! Mismatching argument at index "
                    f"{place} had {shape}; but expected shape should be broadcastable to {wide}"
                )
    return Size(wide)


def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """The tensor in parts along a dimension, as views: of one size, the last of which may be smaller, or of the sizes
    that are listed.

    Raises RuntimeError for sizes below 0 and where listed ones do not add up to the extent.
    """
    if type(tensor) is not Tensor and _has_torch_function((tensor,)):
        return _handle_torch_function(split, (tensor,), tensor, split_size_or_sections, dim=dim)
    return tensor.split(split_size_or_sections, dim)


def meshgrid(*tensors: Tensor | Sequence[Tensor], indexing: str | None = None) -> tuple[Tensor, ...]:
    """Grids of coordinates of vectors: each spread over the dimensions of all. `indexing` says whether the first vector
    counts rows ("ij", which is the default and warned of) or columns ("xy").

    Raises RuntimeError for tensors of several dimensions and of different types.
    """
    if _has_torch_function(tensors):
        return _handle_torch_function(meshgrid, tensors, *tensors, indexing=indexing)
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    asked = {} if indexing is None else {"indexing": indexing}
    made: tuple[Tensor, ...] = _native.meshgrid(tensors, **asked)
    return made


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """The Cartesian product of vectors, a tuple in each row; of one vector, the vector.

    Raises RuntimeError for other than vectors and where types differ.
    """
    if _has_torch_function(tensors):
        return _handle_torch_function(cartesian_prod, tensors, *tensors)
    return _wengert.cartesian_prod(tensors)


def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix of zeros with the tensors along its diagonal: a vector is a row, a number a matrix of one element.

    Types promote. Raises RuntimeError for tensors of more than two dimensions.
    """
    if _has_torch_function(tensors):
        return _handle_torch_function(block_diag, tensors, *tensors)
    return _wengert.block_diag(tensors)


def atleast_1d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Each tensor with one dimension at least: itself, or a view; a tuple of them where several or a list are given."""
    if _has_torch_function(tensors):
        return _handle_torch_function(atleast_1d, tensors, *tensors)
    return _native.atleast_1d(tensors[0] if len(tensors) == 1 else tensors)


def atleast_2d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Each tensor with two dimensions at least, a vector as a row: itself, or a view; a tuple of them where several are
    given, or a list.
    """
    if _has_torch_function(tensors):
        return _handle_torch_function(atleast_2d, tensors, *tensors)
    return _native.atleast_2d(tensors[0] if len(tensors) == 1 else tensors)


def atleast_3d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Each tensor with three dimensions at least, the third one last: itself, or a view; a tuple of them where several
    are given, or a list.
    """
    if _has_torch_function(tensors):
        return _handle_torch_function(atleast_3d, tensors, *tensors)
    return _native.atleast_3d(tensors[0] if len(tensors) == 1 else tensors)


def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """The index in each dimension of a tensor of `shape` of places counted with the last dimension fastest.

    Raises TypeError for indices that are no integers, ValueError for a shape with negative extents.
    """
    if type(indices) is not Tensor and _has_torch_function((indices,)):
        return _handle_torch_function(unravel_index, (indices,), indices, shape=shape)
    if indices.is_complex() or indices.is_floating_point() or indices.dtype is _wengert.bool:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    if isinstance(shape, int):
        shape = (shape,)
    elif not isinstance(shape, (tuple, list)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    for extent in shape:
        if not isinstance(extent, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(extent)}")
    shape = Size(shape)
    if any(extent < 0 for extent in shape):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(shape)}")
    steps = [*itertools.accumulate(reversed((*shape[1:], 1)), operator.mul)][::-1] if shape else []
    counts = _wengert.tensor(list(shape), dtype=_wengert.int64)
    quotients = indices.unsqueeze(-1).div(_wengert.tensor(steps, dtype=_wengert.int64), rounding_mode="floor")
    return (quotients % counts).unbind(-1)


def _split(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """See :func:`split`."""
    if type(self) is not Tensor and _has_torch_function((self,)):
        return _handle_torch_function(Tensor.split, (self,), self, split_size, dim=dim)
    if isinstance(split_size, Tensor):
        try:
            split_size = int(split_size)
        except ValueError:
            pass
    if isinstance(split_size, int):
        return _wengert.split(self, split_size, dim)
    return _wengert.split_with_sizes(self, split_size, dim)


_native_unflatten = Tensor.unflatten


def _unflatten(self: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension as several, of which one extent may be -1: a view.

    Raises RuntimeError where the extents do not multiply up to the dimension's, IndexError for one out of range.
    """
    if type(self) is not Tensor and _has_torch_function((self,)):
        return _handle_torch_function(Tensor.unflatten, (self,), self, dim, sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    return _native_unflatten(self, dim, sizes)


def attach() -> None:
    """Gives Tensor the methods that stand here."""
    for name, method in (("split", _split), ("unflatten", _unflatten)):
        doc = split.__doc__ if name == "split" else method.__doc__
        method.__name__ = name
        method.__qualname__ = f"Tensor.{name}"
        method.__doc__ = doc
        setattr(Tensor, name, method)
