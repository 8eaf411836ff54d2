"""What torch has for each kind of device, of one that this library does not use: mtia.py, xpu.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn


def is_available() -> bool:
    """Whether there is one: no."""
    return False


def device_count() -> int:
    """0."""
    return 0


def empty_cache() -> None:
    """Nothing: no memory is kept for a device."""


def manual_seed(seed: int) -> None:
    """Nothing: no device has random numbers."""


def manual_seed_all(seed: int) -> None:
    """Nothing: no device has random numbers."""


def refusals(library: str) -> tuple[Callable[[], NoReturn], Callable[..., NoReturn]]:
    """`current_device` and `synchronize` of what torch needs `library` for."""

    def current_device() -> NoReturn:
        """Raises AssertionError: there is none."""
        raise AssertionError(f"Torch not compiled with {library} enabled")

    def synchronize(device: object = None) -> NoReturn:
        """Raises AssertionError: there is none."""
        current_device()

    return current_device, synchronize
