"""Apple's graphics processors, which this library does not use."""

from __future__ import annotations

from typing import Any, NoReturn

from wengert._no_device import device_count, is_available, manual_seed

__all__ = ["device_count", "is_available", "manual_seed"]

_FAILING = {
    "seed": "getDefaultGenerator",
    "get_rng_state": "getDefaultGenerator",
    "set_rng_state": "getDefaultGenerator",
    "empty_cache": "emptyCache",
    "synchronize": "deviceSynchronize",
    "current_allocated_memory": "getCurrentAllocatedMemory",
    "driver_allocated_memory": "getDriverAllocatedMemory",
    "recommended_max_memory": "getRecommendedMaxMemory",
}


def __getattr__(name: str) -> Any:
    if name not in _FAILING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def absent(*args: Any, **kwargs: Any) -> NoReturn:
        """Raises RuntimeError: there is none."""
        raise RuntimeError(f"Cannot execute {_FAILING[name]}() without MPS backend.")

    return absent
