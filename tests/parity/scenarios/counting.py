"""Places in sorted lines, membership and counts."""

import math
from typing import Any

from ..catalogue import each
from ..harness import caught
from ..inputs import LAYOUTS, integers, laid_out, tensor

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool", "complex64"]
INFINITY, NAN = math.inf, math.nan


@each(dtype=DTYPES, other=["same", "int64", "float64"], right=[False, True])
def places(torch: Any, dtype: str, other: str, right: bool) -> Any:
    line = torch.tensor([0, 1, 1, 3, 7]).to(getattr(torch, dtype))
    x = torch.tensor([[0, 2, 1], [9, 3, 4]]).to(getattr(torch, dtype if other == "same" else other))
    return (
        caught(torch.searchsorted, line, x, right=right),
        caught(torch.bucketize, x, line, right=right, out_int32=True),
        caught(torch.searchsorted, line, 1, right=right),
        caught(torch.bucketize, 3.5, line, right=right),
    )


def places_in_rows(torch: Any) -> Any:
    lines = torch.tensor([[1.0, 3.0, 5.0], [2.0, 2.0, 9.0]])
    x = torch.tensor([[0.0, 3.0, 4.0, NAN], [2.0, 9.0, INFINITY, -INFINITY]])
    order = torch.tensor([[2, 0, 1], [1, 2, 0]])
    shuffled = torch.tensor([[3.0, 5.0, 1.0], [9.0, 2.0, 2.0]])
    return [
        torch.searchsorted(lines, x),
        torch.searchsorted(lines, x, side="right", out_int32=True),
        torch.searchsorted(lines.t().contiguous().t(), x.t().contiguous().t(), side="left"),
        torch.searchsorted(shuffled, x, sorter=order),
        torch.searchsorted(torch.tensor([1.0, NAN]), x[0], right=True),
        torch.searchsorted(lines[:, :0], x),
        torch.searchsorted(lines, x[:, :0]),
        torch.searchsorted(lines[0], torch.tensor(3)),
        torch.searchsorted(lines, x, out=torch.empty(0, dtype=torch.int64)),
        torch.bucketize(x, lines[0], out=torch.empty(0, dtype=torch.int64)),
    ]


def refused_searches(torch: Any) -> Any:
    lines, x = torch.ones(2, 3), torch.ones(2, 2)
    f = torch.searchsorted
    return [
        caught(f, lines, x[0]),
        caught(f, lines, torch.ones(3, 2)),
        caught(f, lines, 1),
        caught(f, torch.tensor(1.0), 1),
        caught(f, torch.tensor(1.0), x),
        caught(f, lines, x, side="middle"),
        caught(f, lines, x, side="left", right=True),
        caught(f, lines, x, sorter=torch.tensor([1, 2])),
        caught(f, lines, x, sorter=torch.ones(2, 3)),
        caught(f, lines, x, sorter=torch.full((2, 3), 3)),
        caught(f, lines, x, out=torch.empty(0)),
        caught(f, lines, x, out_int32=True, out=torch.empty(0, dtype=torch.int64)),
        caught(f, lines),
        caught(torch.bucketize, x, lines),
        caught(torch.bucketize, x, torch.tensor(1.0)),
    ]


@each(layout=LAYOUTS)
def layouts(torch: Any, layout: str) -> Any:
    x = laid_out(torch, layout, 3, "float32")
    edges = torch.tensor([-1.0, 0.0, 1.0])
    return torch.bucketize(x, edges), torch.isin(x, x[0]), torch.isin(x, x[1, 2], invert=True), x.histc(4, -1, 1)


@each(dtype=DTYPES, other=["same", "int64", "float64", "bool"], n=[0, 3, 40])
def members(torch: Any, dtype: str, other: str, n: int) -> Any:
    x = torch.tensor(integers(30, 4, -9, 30)).to(getattr(torch, dtype)).reshape(5, 6)
    tests = torch.tensor(integers(n, 5, -9, 30), dtype=torch.int64).to(
        getattr(torch, dtype if other == "same" else other)
    )
    return (
        caught(torch.isin, x, tests),
        caught(torch.isin, x, tests, invert=True),
        caught(torch.isin, torch.unique(x), torch.unique(tests), assume_unique=True) if dtype != "complex64" else None,
    )


def members_and_numbers(torch: Any) -> Any:
    x = torch.tensor([1.0, 3.0, NAN, -0.0])
    return [
        torch.isin(x, 3),
        torch.isin(3, x),
        torch.isin(x, NAN),
        torch.isin(x, 0.0),
        torch.isin(x.new_ones(2).long(), 1.5),
        torch.isin(1.5, torch.tensor([1, 2])),
        torch.isin(torch.tensor(3.0), x),
        torch.isin(x, torch.tensor([NAN])),
        torch.isin(elements=x, test_element=1, invert=True),
        torch.isin(x, x, out=torch.empty(0, dtype=torch.bool)),
        caught(torch.isin, x, x, out=torch.empty(0)),
        caught(torch.isin, x, True),
        caught(torch.isin, x, 1j),
        caught(torch.isin, 3, 3),
    ]


@each(dtype=DTYPES)
def counted(torch: Any, dtype: str) -> Any:
    x = torch.tensor([1, 0, 1, 1, 0, 3]).to(getattr(torch, dtype))
    weights = tensor(torch, (6,), 6, dtype)
    whole = torch.tensor([1, 1, 4, 0, 1, 4])
    return (
        caught(torch.bincount, x),
        caught(x.bincount, minlength=6),
        caught(torch.bincount, whole, weights),
        caught(whole.bincount, weights, 7),
    )


def refused_counts(torch: Any) -> Any:
    x = torch.tensor([1, 2])
    return [
        caught(torch.bincount, x, minlength=-1),
        caught(torch.bincount, -x),
        caught(torch.bincount, x.reshape(1, 2)),
        caught(torch.bincount, x[0]),
        caught(torch.bincount, x, torch.ones(3)),
        caught(torch.bincount, x, torch.ones(2, 1)),
        torch.bincount(x[:0], minlength=3),
        torch.bincount(x[:0], torch.ones(0), 2),
    ]


@each(dtype=DTYPES, bounds=[(0, 0), (-1, 2), (2, 2.5)], bins=[1, 3, 10])
def binned(torch: Any, dtype: str, bounds: tuple[float, float], bins: int) -> Any:
    x = tensor(torch, (4, 5), 7, dtype)
    if dtype == "uint8" and bounds[0] < 0:
        return None  # torch looks first whether the type holds a bound
    return caught(torch.histc, x, bins, *bounds), caught(x.histc, bins=bins, min=bounds[0], max=bounds[1])


def binned_corners(torch: Any) -> Any:
    x = torch.tensor([1.0, 3.0, 3.0, 5.0])
    return [
        x.histc(),
        torch.histc(torch.ones(2), 2),
        torch.histc(x[:0], 3),
        torch.histc(torch.tensor([1.0, NAN, 2.0]), 2, 0, 2),
        torch.histc(x, 3, out=torch.empty(0)),
        caught(torch.histc, x, 3, 4, 1),
        caught(torch.histc, x, 0),
        caught(torch.histc, x, 3, 0, INFINITY),
        caught(torch.histc, torch.tensor([1.0, NAN]), 2),
        caught(torch.histc, x, 3, out=torch.empty(0).double()),
    ]
