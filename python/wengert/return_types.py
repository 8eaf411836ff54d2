"""The classes of named results: `torch.return_types.max`."""

from __future__ import annotations

from wengert import _wengert

aminmax = _wengert._return_type("aminmax", ("min", "max"))
aminmax_out = _wengert._return_type("aminmax_out", ("min", "max"))
cummax = _wengert._return_type("cummax", ("values", "indices"))
cummax_out = _wengert._return_type("cummax_out", ("values", "indices"))
cummin = _wengert._return_type("cummin", ("values", "indices"))
cummin_out = _wengert._return_type("cummin_out", ("values", "indices"))
kthvalue = _wengert._return_type("kthvalue", ("values", "indices"))
kthvalue_out = _wengert._return_type("kthvalue_out", ("values", "indices"))
max = _wengert._return_type("max", ("values", "indices"))
max_out = _wengert._return_type("max_out", ("values", "indices"))
median = _wengert._return_type("median", ("values", "indices"))
median_out = _wengert._return_type("median_out", ("values", "indices"))
min = _wengert._return_type("min", ("values", "indices"))
min_out = _wengert._return_type("min_out", ("values", "indices"))
mode = _wengert._return_type("mode", ("values", "indices"))
mode_out = _wengert._return_type("mode_out", ("values", "indices"))
nanmedian = _wengert._return_type("nanmedian", ("values", "indices"))
nanmedian_out = _wengert._return_type("nanmedian_out", ("values", "indices"))
sort = _wengert._return_type("sort", ("values", "indices"))
sort_out = _wengert._return_type("sort_out", ("values", "indices"))
topk = _wengert._return_type("topk", ("values", "indices"))
topk_out = _wengert._return_type("topk_out", ("values", "indices"))
