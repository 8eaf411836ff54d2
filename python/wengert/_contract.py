"""einsum, tensordot and chain_matmul: how their arguments are read, which torch does in Python too."""

from __future__ import annotations

from wengert import _wengert
from wengert._wengert import Tensor, _handle_torch_function, _has_torch_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["chain_matmul", "einsum", "tensordot"]

_MISSING = (
    "einsum(): must specify the equation string and at least one operand, "
    "or at least one operand and its subscripts list"
)


def _letters(subscripts: Any) -> str:
    """A list of numbers below 52 as an equation's letters, with an ellipsis where the list has one."""
    text = ""
    for subscript in subscripts:
        if subscript is Ellipsis:
            text += "..."
        elif 0 <= subscript < 26:
            text += chr(ord("A") + subscript)
        elif 26 <= subscript < 52:
            text += chr(ord("a") + subscript - 26)
        else:
            raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    return text


def einsum(*args: Any) -> Tensor:
    """Einstein's sum: products of the operands' elements, summed over the dimensions that the result lacks.

    `einsum("ij,jk->ik", a, b)` names each operand's dimensions, and behind the arrow the result's. Without an arrow the
    result has the names that stand there once, in the alphabet's order. A name that an operand has twice is its
    diagonal;
    `...` are the dimensions that have no name, which broadcast. `einsum(a, [0, 1], b, [1, 2], [0, 2])` says the same by
    numbers. More than two operands are multiplied from the left.

    Raises ValueError where operands are missing, RuntimeError where the equation does not fit them.
    """
    if len(args) < 2:
        raise ValueError(_MISSING)
    if isinstance(args[0], Tensor):
        operands: Any = args[::2] if len(args) % 2 == 0 else args[:-1:2]
        equation: Any = ",".join(_letters(subscripts) for subscripts in args[1::2])
        if len(args) % 2 != 0:
            equation += "->" + _letters(args[-1])
    else:
        equation, operands = args[0], args[1:]
    if _has_torch_function(tuple(operands)):
        return _handle_torch_function(einsum, tuple(operands), equation, *operands)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        return einsum(equation, *operands[0])
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {type(equation).__name__}")
    return _native._einsum(equation, operands)


def tensordot(a: Any, b: Any, dims: Any = 2, out: Tensor | None = None) -> Tensor:
    """Sums of products over the last `dims` dimensions of `a` and the first of `b`, or over the pairs of two lists.

    The result has the other dimensions of both. Raises RuntimeError where their extents or element types differ.
    """
    if _has_torch_function((a, b)):
        return _handle_torch_function(tensordot, (a, b), a, b, dims=dims, out=out)
    if not isinstance(dims, (tuple, list, Tensor, int)):
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, "
            f"but got dims={dims}"
        )
    if isinstance(dims, (tuple, list)):
        dims_a, dims_b = dims
        for place, own in (("self' (position 3", dims_a), ("other' (position 4", dims_b)):
            if isinstance(own, int):
                raise TypeError(f"tensordot(): argument 'dims_{place}) must be tuple of ints, not {type(own).__name__}")
    elif isinstance(dims, Tensor) and dims.numel() > 1:
        assert len(dims) == 2
        dims_a, dims_b = dims[0].tolist(), dims[1].tolist()
    else:
        count: Any = dims.item() if isinstance(dims, Tensor) else dims
        if count < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if count > min(a.dim(), b.dim()):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims_a, dims_b = list(range(-count, 0)), list(range(count))
    if out is None:
        return _native._tensordot(a, b, dims_a, dims_b)
    return _native._tensordot(a, b, dims_a, dims_b, out=out)


def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor:
    """The product of matrices, in the order of fewest multiplications.

    Raises RuntimeError where there are none, or where their element types or extents do not fit.
    """
    if _has_torch_function(matrices):
        return _handle_torch_function(chain_matmul, matrices, *matrices)
    if out is None:
        return _native._chain_matmul(matrices)
    return _native._chain_matmul(matrices, out=out)


# The stub says less of lists of tensors than these functions take.
_native: Any = _wengert
