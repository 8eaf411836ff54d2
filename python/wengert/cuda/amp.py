"""The old names of `wengert.amp` for CUDA, with torch's warnings."""

from __future__ import annotations

import functools
import warnings
from typing import Any

from wengert import _autocast, _wengert
from wengert import amp as _amp

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


def _deprecated(name: str) -> None:
    text = f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cuda', args...)` instead."
    warnings.warn(text, FutureWarning, stacklevel=3)


class autocast(_autocast.autocast):
    """`wengert.autocast("cuda", ...)`."""

    def __init__(
        self,
        enabled: bool = True,
        dtype: _wengert.dtype = _wengert.float16,
        cache_enabled: bool = True,
    ) -> None:
        _deprecated("autocast")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(_amp.GradScaler):
    """`wengert.amp.GradScaler("cuda", ...)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _deprecated("GradScaler")
        super().__init__("cuda", *args, **kwargs)


custom_fwd = functools.partial(_amp.custom_fwd, device_type="cuda")
custom_bwd = functools.partial(_amp.custom_bwd, device_type="cuda")
