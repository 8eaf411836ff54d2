"""The classes of named results: `torch.return_types.max`."""

from __future__ import annotations

from wengert import _wengert

aminmax = _wengert._return_type("aminmax", ("min", "max"))
aminmax_out = _wengert._return_type("aminmax_out", ("min", "max"))
max = _wengert._return_type("max", ("values", "indices"))
max_out = _wengert._return_type("max_out", ("values", "indices"))
min = _wengert._return_type("min", ("values", "indices"))
min_out = _wengert._return_type("min_out", ("values", "indices"))
