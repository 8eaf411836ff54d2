"""What programs ask of torch's compiler. There is none here: functions run as they are written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from wengert._settings import compile as compile

__all__ = [
    "allow_in_graph",
    "assume_constant_result",
    "compile",
    "cudagraph_mark_step_begin",
    "disable",
    "is_compiling",
    "is_dynamo_compiling",
    "is_exporting",
    "list_backends",
    "reset",
    "set_stance",
]


def is_compiling() -> bool:
    """Whether the code is being compiled: no."""
    return False


def is_dynamo_compiling() -> bool:
    """Whether the code is being traced: no."""
    return False


def is_exporting() -> bool:
    """Whether the code is being exported: no."""
    return False


def disable(fn: Callable[..., Any] | None = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself; works as a decorator with and without arguments."""
    return (lambda fn: fn) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


def assume_constant_result(fn: Any) -> Any:
    """The function itself."""
    return fn


def reset() -> None:
    """Nothing: nothing was compiled."""


def cudagraph_mark_step_begin() -> None:
    """Nothing: nothing is replayed."""


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """The compilers: none."""
    return []


def set_stance(stance: str = "default", **options: Any) -> contextlib.AbstractContextManager[None]:
    """Nothing, also as a context."""
    return contextlib.nullcontext()
