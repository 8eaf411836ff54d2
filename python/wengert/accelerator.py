"""The accelerator of the machine, of which this library knows none: it computes on the CPU."""

from __future__ import annotations

from typing import Any, NoReturn

from wengert import _wengert

__all__ = ["current_accelerator", "device_count", "device_index", "is_available"]

_FAILING = """
current_device_idx current_device_index current_stream empty_cache get_device_capability get_memory_info
max_memory_allocated max_memory_reserved memory_allocated memory_reserved memory_stats reset_accumulated_memory_stats
reset_peak_memory_stats set_device_idx set_device_index set_stream synchronize
"""


def is_available() -> bool:
    """Whether there is one: no."""
    return False


def current_accelerator(check_available: bool = False) -> _wengert.device | None:
    """None."""
    return None


def device_count() -> int:
    """0."""
    return 0


class device_index:
    """A context in which another device would be the current one. Nothing for None, else it raises RuntimeError."""

    def __init__(self, device: int | None) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None:
            _absent()

    def __exit__(self, *_exception: object) -> None:
        pass


def _absent(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises RuntimeError: there is none."""
    raise RuntimeError("Cannot access accelerator device when none is available.")


def __getattr__(name: str) -> Any:
    if name in _FAILING.split():
        return _absent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
