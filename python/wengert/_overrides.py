"""What a subclass of Tensor does with the operators that it does not override.

Rust offers a call to an argument whose type is a subclass; unless that type says otherwise, `torch_function` below
answers: it makes the call as among plain tensors and turns the results into the subclass.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from ._wengert import Tensor, _set_torch_function_enabled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class DisableTorchFunctionSubclass:
    """A context in which subclasses of Tensor are treated as Tensor by this thread."""

    def __enter__(self) -> Self:
        self._before = _set_torch_function_enabled(False)
        return self

    def __exit__(self, *_exception: object) -> None:
        _set_torch_function_enabled(self._before)


def torch_function(
    cls: type[Tensor],
    func: Callable[..., Any],
    types: Iterable[type],
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """`Tensor.__torch_function__`: the call as it is, with its results as instances of `cls`.

    It declines (returns NotImplemented) where an argument's type is no base of `cls`: that type is asked next.
    """
    if not all(issubclass(cls, kind) for kind in types):
        return NotImplemented
    before = _set_torch_function_enabled(False)
    try:
        result = func(*args, **kwargs or {})
    finally:
        _set_torch_function_enabled(before)
    return result if func in _unwrapped() else _converted(result, cls)


@functools.cache
def _unwrapped() -> frozenset[Any]:
    """The attributes whose values stay of the class that they have."""
    return frozenset(Tensor.__dict__[name].__get__ for name in ("_base", "grad"))


def _converted(result: Any, cls: type[Tensor]) -> Any:
    """Tensors, also those in tuples and lists, as instances of `cls`."""
    if cls is Tensor:
        return result
    if isinstance(result, Tensor):
        return result if isinstance(result, cls) else result.as_subclass(cls)
    if isinstance(result, (tuple, list)) and any(isinstance(part, (Tensor, tuple, list)) for part in result):
        return type(result)(_converted(part, cls) for part in result)
    return result
