"""Samples of scans, of sorts and of what is picked by rank."""

from collections.abc import Callable
from typing import Any

import wengert as torch

from .points import other


def with_zero(x: Any) -> Any:
    """A factor that is 0, and whose derivative is not."""
    return x * torch.tensor([[1.0, 1.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)


def scanned_in_place(x: Any) -> Any:
    y = x * 1
    y.cumsum_(0)
    return (y * x).cumprod_(1) * x


SAMPLES: dict[str, Callable[[Any], Any]] = {
    "cumsum": lambda x: x.cumsum(0) * x.t().cumsum(0).t(),
    "cumprod": lambda x: x.cumprod(0) * x.t().cumprod(0).t(),
    "cumprod around a zero": lambda x: with_zero(x).cumprod(0) * x,
    "scans in place": scanned_in_place,
    "logcumsumexp": lambda x: x.logcumsumexp(0) * x.logcumsumexp(1),
    "cummax and cummin": lambda x: x.cummax(0).values * x.cummin(1).values,
    "diff": lambda x: x.diff(dim=0) * x.diff(dim=1)[1:],
    "trapezoids": lambda x: torch.trapezoid(x, x * x, dim=0) * torch.cumulative_trapezoid(x, dx=0.5),
    "sort": lambda x: x.sort(0).values * x.sort(stable=True, descending=True).values * x.msort(),
    "topk": lambda x: x.topk(2, 0).values * x[:2],
    "kthvalue": lambda x: x.kthvalue(2, 0).values * x,
    "median": lambda x: x.median() * x.median(0).values * x.nanmedian(0, keepdim=True).values * x,
    "nanmedian": lambda x: x.nanmedian() * x,
    "mode": lambda x: x.mode(0).values * x,
    "quantile": lambda x: torch.quantile(x * x, 0.3) * x.nanquantile(other(2) * 0.1 + 0.3, dim=0) * x[0],
    "quantile by quantiles": lambda x: torch.quantile(other(3, 2), x[0].sigmoid(), dim=0) * x[0],
}

COMPLEX: dict[str, Callable[[Any], Any]] = {
    "cumsum": lambda z: z.cumsum(0) * z,
    "cumprod": lambda z: z.cumprod(0) * z,
    "logcumsumexp": lambda z: z.logcumsumexp(0) * z,
}

OF_NOTHING: dict[str, Callable[[Any], Any]] = {
    "scans": lambda x: x.cumsum(0) * x.cumprod(0) * x.logcumsumexp(0) * x.cummax(0).values + x.cumsum(1),
    "sorts": lambda x: x.sort(0).values * x.topk(1).values * x.msort(),
}
