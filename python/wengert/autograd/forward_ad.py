"""Forward mode: inside a dual level, tensors carry tangents. One level at a time."""

from __future__ import annotations

from collections import namedtuple

from wengert._wengert import Tensor, _dual_level, _enter_dual_level, _exit_dual_level, _make_dual, _unpack_dual
from wengert.autograd.grad_mode import ModeContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(namedtuple("UnpackedDualTensor", ["primal", "tangent"])):
    """A tensor without its tangent, and the tangent or None."""

    __slots__ = ()


def enter_dual_level() -> int:
    """Opens the level and returns its number."""
    _enter_dual_level()
    return _dual_level()


def exit_dual_level(*, level: int | None = None) -> None:
    """Ends the level: what carried a tangent carries none any more."""
    if level is not None and level != _dual_level():
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if _dual_level() < 0:
        raise RuntimeError("Dual level must be a positive number.")
    _exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of `tensor` that carries `tangent`."""
    level = _dual_level() if level is None else level
    if level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for name, part in (("primal", tensor), ("tangent", tangent)):
        if not (part.is_floating_point() or part.is_complex()):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {part.dtype}")
    if level != _dual_level():
        raise RuntimeError("Invalid level given to _make_dual")
    return _make_dual(tensor, tangent)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The primal and the tangent of `tensor`."""
    if (_dual_level() if level is None else level) < 0:
        return UnpackedDualTensor(tensor, None)
    return UnpackedDualTensor(*_unpack_dual(tensor))


class dual_level(ModeContext):
    """The level, for a `with` block or a decorated function."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exception: Any) -> None:
        exit_dual_level()
