"""Samples of picking and putting by index and mask, of a matrix of three rows and two columns."""

from collections.abc import Callable
from typing import Any

import wengert as torch

INDEX = torch.tensor([[0, 1], [2, 2]])
ROWS = torch.tensor([2, 0, 2])
MASK = torch.tensor([[True, False], [True, True], [False, True]])


def joined(x: Any, reduce: str, include_self: bool) -> Any:
    y = torch.scatter_reduce(x * x + 1, 0, INDEX, x[1:] * 2 + 3, reduce, include_self=include_self)
    return y * torch.index_reduce(
        x * x + 2, 0, ROWS, x * 3 + 4, reduce if reduce != "sum" else "prod", include_self=include_self
    )


SAMPLES: dict[str, Callable[[Any], Any]] = {
    "gather": lambda x: torch.gather(x * x, 0, INDEX) * x[1:],
    "take_along_dim": lambda x: torch.take_along_dim(x * x, INDEX[:1], 0) * x,
    "scatter": lambda x: torch.scatter(x * x, 0, torch.tensor([[0, 1], [2, 0]]), x[1:] * 2) * x,
    "scatter_number": lambda x: torch.scatter(x * x, 0, INDEX, 3.0) * x,
    "scatter_add": lambda x: torch.scatter_add(x * x, 0, INDEX, x[1:] * x[1:]) * x,
    "scatter_reduce_sum": lambda x: joined(x, "sum", True),
    "scatter_reduce_prod": lambda x: joined(x, "prod", True),
    "scatter_reduce_mean": lambda x: joined(x, "mean", False),
    "scatter_reduce_amax": lambda x: joined(x, "amax", True),
    "scatter_reduce_amin": lambda x: joined(x, "amin", False),
    "index_select": lambda x: torch.index_select(x * x, 0, ROWS) * x,
    "index_add": lambda x: torch.index_add(x * x, 0, ROWS, x * x * x, alpha=3) * x,
    "index_copy": lambda x: torch.index_copy(x * x, 0, torch.tensor([2, 0]), x[1:] * 2) * x,
    "index_fill": lambda x: (
        torch.index_fill(x * x, 0, ROWS, x[1, 1] * 2) * torch.index_fill(x, 1, torch.tensor(0), 2.0)
    ),
    "index_put_function": lambda x: (
        torch.index_put(x * x, (ROWS, torch.tensor([0, 0, 0])), x[:, 0] * 3, accumulate=True) * x
    ),
    "take": lambda x: torch.take(x * x, torch.tensor([[5, 0], [-1, 2]])) * x[1:],
    "put": lambda x: (
        torch.put(x * x, torch.tensor([5, 0]), x[0] * 3)
        * torch.put(x, torch.tensor([1, 1]), x[0] * x[0], accumulate=True)
    ),
    "masked_select": lambda x: torch.masked_select(x * x, MASK) * x.flatten()[:4],
    "masked_scatter": lambda x: torch.masked_scatter(x * x, MASK, x * 2) * x,
    "masked_fill": lambda x: torch.masked_fill(x * x, MASK, x[0, 0] * 2) * torch.masked_fill(x, MASK, 2.0),
}
