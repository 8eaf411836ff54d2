"""Functions of networks that keep no state.

What torch has built in is the native function; the others choose among methods, and say what torch says of a dimension
that nobody named.
"""

from __future__ import annotations

import warnings

from wengert import _unbuilt, _wengert
from wengert._wengert import Tensor
from wengert._wengert import one_hot as one_hot

__all__ = ["log_softmax", "one_hot", "relu", "sigmoid", "softmax", "softmin", "tanh"]

__getattr__ = _unbuilt.in_module(__name__)


def _implicit_dim(name: str, ndim: int, stacklevel: int) -> int:
    """The dimension that torch takes where none is named."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Each element, 0 where it is negative; written over `input` where `inplace` is true."""
    if inplace:
        return input.relu_()
    return _wengert.relu(input)


def sigmoid(input: Tensor) -> Tensor:
    """The logistic function of each element, 1 / (1 + e^-x)."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent of each element."""
    return input.tanh()


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: _wengert.dtype | None = None) -> Tensor:
    """e to the power of each element over the sum of those along `dim`, converted to `dtype` first where one is given.

    Warns where no dimension is named. Raises NotImplementedError for whole and complex numbers.
    """
    if dim is None:
        dim = _implicit_dim("softmax", input.dim(), _stacklevel)
    return input.softmax(dim) if dtype is None else input.softmax(dim, dtype=dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: _wengert.dtype | None = None) -> Tensor:
    """The softmax of the negative elements along `dim`.

    Warns where no dimension is named. Raises NotImplementedError for whole and complex numbers.
    """
    if dim is None:
        dim = _implicit_dim("softmin", input.dim(), _stacklevel)
    return (-input).softmax(dim) if dtype is None else (-input).softmax(dim, dtype=dtype)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: _wengert.dtype | None = None
) -> Tensor:
    """The logarithm of the softmax along `dim`, converted to `dtype` first where one is given.

    Warns where no dimension is named. Raises NotImplementedError for whole and complex numbers.
    """
    if dim is None:
        dim = _implicit_dim("log_softmax", input.dim(), _stacklevel)
    return input.log_softmax(dim) if dtype is None else input.log_softmax(dim, dtype=dtype)
