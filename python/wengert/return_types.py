"""The classes of named results: `torch.return_types.max`."""

from __future__ import annotations

from wengert import _wengert

max = _wengert._return_type("max", ("values", "indices"))
max_out = _wengert._return_type("max_out", ("values", "indices"))
