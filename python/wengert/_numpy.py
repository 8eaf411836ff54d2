"""Tensors as NumPy sees them. NumPy is imported when the first array is asked for."""

from __future__ import annotations

from wengert import _wengert
from wengert._wengert import Tensor, _handle_torch_function, _has_torch_function, from_numpy

# Checkers take it for true. Annotations are never evaluated, and `typing` would cost a quarter of the import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import numpy


def array_of(self: Tensor, dtype: Any = None, copy: bool | None = None) -> numpy.ndarray[Any, Any]:
    """What `numpy.asarray(tensor)` is: the array over the tensor's memory, or a copy in another type.

    Raises as `numpy()` does, and ValueError where `copy` is False and the type asks for one.
    """
    array: numpy.ndarray[Any, Any] = _wengert._to_numpy(self)
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        return array.astype(dtype)
    return array.copy() if copy else array


def array_wrap(self: Tensor, array: Any, context: Any = None, return_scalar: bool = False) -> Tensor:
    """What NumPy's functions of a tensor give: a tensor. Truth values become uint8, as in torch."""
    if type(self) is not Tensor and _has_torch_function((self,)):
        # torch's own method knows the array alone.
        answer: Tensor = _handle_torch_function(Tensor.__array_wrap__, (self,), self, array=array)
        return answer
    import numpy

    array = numpy.asarray(array)
    if array.dtype == bool:
        array = array.astype("uint8")
    return from_numpy(array)


METHODS: dict[str, Callable[..., Any]] = {"__array__": array_of, "__array_wrap__": array_wrap}
