"""XPU devices, which this library does not use."""

from __future__ import annotations

from wengert._no_device import device_count, empty_cache, is_available, manual_seed, manual_seed_all, refusals

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "is_available",
    "manual_seed",
    "manual_seed_all",
    "synchronize",
]

current_device, synchronize = refusals("XPU")
