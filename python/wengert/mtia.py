"""MTIA devices, which this library does not use."""

from __future__ import annotations

from typing import NoReturn

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "is_available",
    "manual_seed",
    "manual_seed_all",
    "synchronize",
]


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


def current_device() -> NoReturn:
    """Raises AssertionError: there is none."""
    raise AssertionError("Torch not compiled with MTIA enabled")


def synchronize(device: object = None) -> NoReturn:
    """Raises AssertionError: there is none."""
    raise AssertionError("Torch not compiled with MTIA enabled")
