"""The device that there is."""

from __future__ import annotations

import contextlib
from typing import Any

__all__ = ["Stream", "current_device", "current_stream", "device_count", "is_available", "stream", "synchronize"]


class Stream:
    """The one queue of work: what is asked for is done by the time a call returns."""


_STREAM = Stream()


def is_available() -> bool:
    """Whether it is there: yes."""
    return True


def is_initialized() -> bool:
    """Whether it was started: yes."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """`cpu`."""
    return "cpu"


def set_device(device: Any) -> None:
    """Nothing: there is one."""


def synchronize(device: Any = None) -> None:
    """Nothing: what was asked for is done."""


def current_stream(device: Any = None) -> Stream:
    """The one queue."""
    return _STREAM


def stream(stream: Stream) -> contextlib.AbstractContextManager[None]:
    """The context of a queue: nothing changes."""
    return contextlib.nullcontext()
