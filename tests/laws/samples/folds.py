"""Samples of the reductions beside sum and mean, and of softmax."""

from collections.abc import Callable
from typing import Any

import wengert as torch

from .points import POINTS, other


def with_zeros(x: Any) -> Any:
    """Products in which factors are 0 while their derivatives are not: elements less the points where they are."""
    points = [[min(POINTS, key=lambda p: abs(p - v)) for v in row] for row in x.detach().tolist()]
    zeros = x - torch.tensor(points, dtype=torch.float64)
    y = torch.where(torch.tensor([[True, False], [False, True], [True, False]]), x * other(3, 2), zeros)
    z = torch.where(torch.tensor([[True, True], [True, False], [False, True]]), x + other(3, 2), zeros)
    return y.prod(0).sum() * x + z.prod() * x + z.prod(1).sum() * x[0] + y[:2].prod()


def with_nans(x: Any) -> Any:
    """Sums in which constants are nan."""
    y = torch.where(torch.tensor([[True, False], [True, True], [False, True]]), x * x, float("nan"))
    return y.nansum(0) * x + y.nansum() * x + y.nanmean(1, keepdim=True) * x


def both_moments(x: Any) -> Any:
    v, m = torch.var_mean(x, 0, correction=0.5)
    s, n = torch.std_mean(x * x * other(3, 2), 1, keepdim=True)
    return v * m * x + s * n


def ends(x: Any) -> Any:
    low, high = torch.aminmax(x)
    lows, highs = torch.aminmax(x * x, dim=0)
    return low * high * x + lows * highs.exp()


SAMPLES: dict[str, Callable[[Any], Any]] = {
    "min": lambda x: x.min() * x,
    "min along a dimension": lambda x: (0.25 * x.exp().min(1).values).exp() * x.min(0).values.sum(),
    "amax": lambda x: x.amax() * x + x.amax(0) * x.exp().amax((0, 1), keepdim=True),
    "amin": lambda x: x.amin() * x + x.amin(0) * x.exp().amin((0, 1), keepdim=True),
    "aminmax": ends,
    "prod": lambda x: x.prod() * x + x.prod(0) * (x * x).prod(1, keepdim=True),
    "prod with zeros": with_zeros,
    "nansum": with_nans,
    "var": lambda x: x.var() * x + x.var(0) * (x * x).var(1, correction=0, keepdim=True),
    "std": lambda x: x.std() * x + (x * other(3, 2)).std(0) * (x * x * other(3, 2)).std(1, correction=0, keepdim=True),
    "moments": both_moments,
    "dist": lambda x: torch.dist(x, other(3, 2) * 2) * x + torch.dist(x * x, x, 3) * x + torch.dist(x, x[0], 1),
    "softmax": lambda x: x.softmax(0) * x + (x * x).softmax(1) * x[0],
    "log_softmax": lambda x: x.log_softmax(0) * x + (x * x).log_softmax(1) * x[0],
    "logsumexp": lambda x: x.logsumexp(0) * x + (x * x).logsumexp((0, 1), keepdim=True),
    "norms of matrices": lambda x: torch.linalg.norm(x, 1) * x + torch.linalg.matrix_norm(x) * x.exp(),
}
COMPLEX: dict[str, Callable[[Any], Any]] = {
    "prod": lambda z: z.prod() * z + z.prod(0) * (z * z).prod(1, keepdim=True),
    "var": lambda z: z.var() * z + (z * z).var(0) * z,
    "std": lambda z: (z * other(3, 2)).std(1, keepdim=True) * z,
    "moments": lambda z: torch.var_mean(z, 0)[0] * torch.var_mean(z, 0)[1] * z,
    "logsumexp": lambda z: z.logsumexp(0) * z,
    "dist": lambda z: torch.dist(z, z * z) * z,
}
