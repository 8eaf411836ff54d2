"""Anomaly mode: nodes note where they were recorded, and sweeps look for nan."""

from __future__ import annotations

import warnings

from wengert._wengert import _set_anomaly_enabled, is_anomaly_check_nan_enabled, is_anomaly_enabled

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class set_detect_anomaly:
    """Switches anomaly mode on or off: at once when called, and back at the end of a `with`."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = (is_anomaly_enabled(), is_anomaly_check_nan_enabled())
        _set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        _set_anomaly_enabled(*self.before)


class detect_anomaly:
    """Anomaly mode for a `with` block, with a warning that it is slow."""

    def __init__(self, check_nan: bool = True) -> None:
        self.before = (is_anomaly_enabled(), is_anomaly_check_nan_enabled())
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        _set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *exception: object) -> None:
        _set_anomaly_enabled(*self.before)
