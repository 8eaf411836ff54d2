"""Order along a dimension: sorts, what is picked by rank, quantiles, distinct elements."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, integers, laid_out, tensor

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "uint8", "int8", "bool", "complex64"]
PAIRS = ["sort", "mode", "median", "nanmedian", "kthvalue", "topk"]
INFINITY, NAN = math.inf, math.nan
POINTS = [1.0, NAN, 2.0, -0.0, 2.0, 0.0, INFINITY, -INFINITY, NAN, -1.0, 1.0]


def apart(torch: Any, shape: tuple[int, ...], dtype: str) -> Any:
    """Elements of which few are equal, in no order."""
    n = math.prod(shape)
    numbers = [(i * 37 + 11) % 101 - 50 for i in range(n)]
    return torch.tensor([x / 4 if "float" in dtype else x for x in numbers]).to(getattr(torch, dtype)).reshape(shape)


def picked(torch: Any, op: str, x: Any, dim: int, **more: Any) -> Any:
    arguments = {"kthvalue": (2,), "topk": (2,)}.get(op, ())
    return getattr(torch, op)(x, *arguments, dim=dim, **more)


@each(op=PAIRS, dtype=DTYPES, dim=[0, -1])
def of_every_type(torch: Any, op: str, dtype: str, dim: int) -> Any:
    x = apart(torch, (5, 4), dtype)
    y = caught(picked, torch, op, x, dim)
    return y, type(y).__name__


@each(op=PAIRS, layout=LAYOUTS, dim=[0, 1])
def layouts(torch: Any, op: str, layout: str, dim: int) -> Any:
    if op in ("median", "nanmedian") and (layout, dim) == ("expanded", 1):
        return None  # torch reads beyond such a line: docs/differences.md
    return picked(torch, op, laid_out(torch, layout, 4, "float32"), dim)


@each(op=PAIRS, shape=[(), (1,), (0,), (0, 3), (3, 0), (2, 3, 4)])
def shapes(torch: Any, op: str, shape: tuple[int, ...]) -> Any:
    x = tensor(torch, shape, 5, "float32")
    every = [caught(picked, torch, op, x, dim) for dim in range(-len(shape) - 2, len(shape) + 2)]
    kept = (
        [caught(picked, torch, op, x, dim, keepdim=True) for dim in range(len(shape))]
        if op not in ("sort", "topk")
        else []
    )
    return every, kept


@each(op=PAIRS)
def special_numbers(torch: Any, op: str) -> Any:
    points = POINTS if op != "mode" else [x for x in POINTS if x == x]  # torch sorts nan among them anyhow
    return picked(torch, op, torch.tensor([points, points[::-1], [NAN] * len(points)]), 1)


@each(descending=[False, True], dtype=["float32", "float64", "int64", "uint8", "bool"], n=[9, 700])
def stable_sorts(torch: Any, descending: bool, dtype: str, n: int) -> Any:
    x = torch.tensor(integers(2 * n, 6, 0, 9)).to(getattr(torch, dtype)).reshape(2, n)
    return (
        torch.sort(x, stable=True, descending=descending),
        x.sort(stable=True, dim=0, descending=descending),
        torch.argsort(x, stable=True, descending=descending),
        x.argsort(stable=True, dim=-1),
        x.sort(descending=descending).values,
        x.msort(),
        torch.msort(x.t()),
    )


def forms_of_sort(torch: Any) -> Any:
    x = torch.tensor([[3.0, 1.0, 2.0], [1.0, 4.0, 0.0]])
    return (
        x.sort(),
        x.sort(0),
        x.sort(1, True),
        torch.sort(x, -1, descending=True),
        x.sort(stable=None),
        x.argsort(0, True),
        torch.argsort(x),
        caught(torch.sort, x, True),
        caught(x.sort, "a"),
        caught(x.sort, 5),
        caught(lambda: x.sort(0, True, stable=True)),
        caught(torch.argsort, x, 0.5),
        caught(torch.msort),
    )


@each(op=PAIRS)
def given_a_result(torch: Any, op: str) -> Any:
    x = torch.tensor([[3.0, 1.0, 2.0], [1.0, 4.0, 0.0]])
    outs = torch.empty(0), torch.empty(0, dtype=torch.int64)
    done = picked(torch, op, x, 1, out=outs)
    values, places = torch.empty(0), torch.empty(0, dtype=torch.int64)
    return (
        done,
        type(done).__name__,
        [a is b for a, b in zip(done, outs, strict=True)],
        caught(picked, torch, op, x, 1, out=(values.double(), places)),
        caught(picked, torch, op, x, 1, out=(values, places.int())),
        caught(picked, torch, op, x, 1, out=(values,)),
        caught(picked, torch, op, x.clone().requires_grad_(), 1, out=(values, places)),
    )


def single_results_given(torch: Any) -> Any:
    x = torch.tensor([[3.0, 1.0, 2.0], [1.0, 4.0, 0.0]])
    return (
        torch.msort(x, out=torch.empty(0)),
        caught(torch.msort, x, out=torch.empty(0).double()),
        torch.argsort(x, stable=True, out=torch.empty(0, dtype=torch.int64)),
        caught(lambda: torch.argsort(x, stable=True, out=torch.empty(0))),
        torch.quantile(x, 0.3, out=torch.empty(0)),
        torch.nanquantile(x, 0.3, 1, out=torch.empty(0)),
        caught(torch.quantile, x, 0.3, out=torch.empty(0).double()),
    )


@each(k=[0, 1, 3, 10, 150, 200, -1, 201], largest=[True, False], n=[200])
def topk_of_equal_elements(torch: Any, k: int, largest: bool, n: int) -> Any:
    """Of equal elements those that torch takes."""
    x = torch.tensor(integers(n, 7, 0, 12))
    return (
        caught(torch.topk, x, k, 0, largest),
        caught(x.topk, k, largest=largest, sorted=False),
        caught(x.float().topk, k),
    )


@each(k=[1, 2, 5, 40, 77, 80, 0, 81])
def kthvalue_of_equal_elements(torch: Any, k: int) -> Any:
    x = torch.tensor(integers(80, 8, 0, 9))
    return caught(torch.kthvalue, x, k), caught(x.double().kthvalue, k, 0, True)


@each(op=["median", "nanmedian", "mode"], n=[5, 16, 17, 60, 300])
def equal_elements(torch: Any, op: str, n: int) -> Any:
    x = torch.tensor(integers(2 * n, 9, 0, 6)).reshape(2, n)
    return getattr(torch, op)(x, 1), getattr(x.float(), op)(dim=1, keepdim=True)


@each(op=["median", "nanmedian"], dtype=DTYPES)
def middle_of_all(torch: Any, op: str, dtype: str) -> Any:
    x = apart(torch, (4, 5), dtype)
    return caught(getattr(torch, op), x), caught(getattr(x.t()[::2], op)), caught(getattr(x[:0], op)).isnan()


@each(op=["median", "nanmedian"])
def gradients_of_a_median(torch: Any, op: str) -> Any:
    x = torch.tensor([[2.0, 1.0, 2.0], [5.0, 2.0, -1.0]], requires_grad=True)
    y = getattr(x, op)()
    holed = torch.tensor([NAN, 1.0, NAN], requires_grad=True)
    return (
        graph(y),
        torch.autograd.grad(y * 3, x),
        torch.autograd.grad(getattr(holed, op)(), holed),
        torch.func.jvp(lambda x: getattr(x, op)(), (x.detach(),), (x.detach() * 2,)),
    )


@close(rtol=1e-6)
@each(op=PAIRS, dim=[0, 1])
def gradients(torch: Any, op: str, dim: int) -> Any:
    x = tensor(torch, (3, 4), 10, "float64").requires_grad_(True)
    y, places = picked(torch, op, x, dim)
    (first,) = torch.autograd.grad((y * y * y).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), x)
    tangent = torch.func.jvp(lambda x: picked(torch, op, x, dim)[0], (x.detach(),), (first.detach(),))
    return graph(y), graph(first, 3), places.requires_grad, first.detach(), second, tangent


def more_gradients(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 11, "float64").requires_grad_(True)
    y = x.sort(stable=True, descending=True).values
    number = torch.tensor(2.0, requires_grad=True)
    return (
        graph(y),
        torch.autograd.grad((y * y).sum(), x),
        graph(x.msort()),
        x.argsort().requires_grad,
        [
            torch.autograd.grad(picked(torch, op, number, 0)[0] * 3, number)
            for op in PAIRS
            if op != "kthvalue" and op != "topk"
        ],
        torch.autograd.grad(number.topk(1).values * 3, number),
        torch.autograd.grad(number.kthvalue(1, keepdim=True).values * 3, number),
    )


INTERPOLATIONS = ["linear", "lower", "higher", "midpoint", "nearest"]


@close(rtol=1e-6)
@each(op=["quantile", "nanquantile"], how=INTERPOLATIONS, dim=[None, 0, 1, 2, -1], keepdim=[False, True])
def quantiles(torch: Any, op: str, how: str, dim: int | None, keepdim: bool) -> Any:
    x = tensor(torch, (2, 3, 5), 12, "float64")
    x[0, 1, 3] = NAN
    q = torch.tensor([0.0, 0.25, 0.6, 1.0], dtype=torch.float64)
    f = getattr(torch, op)
    return (
        f(x, 0.3, dim, keepdim, interpolation=how),
        f(x, q, dim, keepdim, interpolation=how),
        f(x, q[1], dim, keepdim, interpolation=how),
        f(x[1], q[:0], None, interpolation=how),
        f(x[0, 0], 0.5, interpolation=how),
        f(x[1, 1, 1], q, interpolation=how),
        f(x[0, 1, 3], 0.5, 0, interpolation=how),
    )


@close(rtol=1e-6)
@each(op=["quantile", "nanquantile"], how=INTERPOLATIONS, dim=[None, 0, 1])
def gradients_of_quantiles(torch: Any, op: str, how: str, dim: int | None) -> Any:
    x = tensor(torch, (3, 5), 13, "float64").requires_grad_(True)
    q = torch.tensor([0.2, 0.7], dtype=torch.float64, requires_grad=how == "linear")
    y, one = getattr(x, op)(q, dim, interpolation=how), getattr(x, op)(0.4, dim, True, interpolation=how)
    wanted = [x, q] if how == "linear" else [x]
    firsts = torch.autograd.grad((y * y).sum() + one.sum(), wanted, create_graph=True)
    seconds = torch.autograd.grad(sum((g * g).sum() for g in firsts), wanted)
    tangent = torch.func.jvp(lambda x: getattr(x, op)(0.4, dim, interpolation=how), (x.detach(),), (seconds[0],))
    return graph(y), graph(one), [g.detach() for g in firsts], seconds, tangent


def refused_quantiles(torch: Any) -> Any:
    x = torch.tensor([[3.0, 1.0], [2.0, NAN]])
    q = torch.tensor([0.5, 0.2])
    return [
        caught(torch.quantile, x, 1.5),
        caught(torch.quantile, x, -0.5),
        caught(torch.quantile, x, NAN),
        caught(torch.quantile, x, q * 3),
        caught(torch.quantile, x, q.double()),
        caught(torch.quantile, x, q.reshape(1, 2)),
        caught(torch.quantile, x, 0.5, 7),
        caught(lambda: x.quantile(0.5, interpolation="other")),
        caught(torch.quantile, x[:0], 0.5),
        caught(torch.quantile, x.half(), 0.5),
        caught(torch.quantile, x.int(), 0.5),
        caught(torch.quantile, x, "a"),
        caught(torch.nanquantile, x, 1j),
    ]


@each(dtype=DTYPES, inverse=[False, True], counts=[False, True])
def distinct(torch: Any, dtype: str, inverse: bool, counts: bool) -> Any:
    x = torch.tensor(integers(12, 14, -3, 4)).to(getattr(torch, dtype)).reshape(4, 3)
    return (
        caught(torch.unique, x, True, inverse, counts),
        caught(x.unique, sorted=False, return_inverse=inverse, return_counts=counts),
        caught(torch.unique_consecutive, x, return_inverse=inverse, return_counts=counts),
        caught(x.t().unique_consecutive, return_inverse=inverse, return_counts=counts),
    )


@each(dim=[0, 1, 2, -1, 3], layout=["plain", "permuted"])
def distinct_slices(torch: Any, dim: int, layout: str) -> Any:
    x = torch.tensor(integers(24, 15, 0, 2)).reshape(4, 2, 3) % 2
    x = x.permute(2, 0, 1) if layout == "permuted" else x
    return (
        caught(torch.unique, x, dim=dim, return_inverse=True, return_counts=True),
        caught(x.float().unique_consecutive, dim=dim, return_inverse=True, return_counts=True),
    )


def distinct_corners(torch: Any) -> Any:
    holed = torch.tensor([[3.0, NAN], [3.0, NAN], [1.0, NAN], [0.0, 2.0], [0.0, 2.0]])
    x = torch.ones(3, requires_grad=True)
    names = [torch.unique(x), torch.unique(x, dim=0), torch.unique_consecutive(x), x.unique_consecutive(dim=-1)]
    return [
        holed.unique(return_inverse=True, return_counts=True),
        holed.unique(dim=0, return_inverse=True, return_counts=True),
        holed.unique_consecutive(dim=0, return_counts=True),
        torch.tensor([1.0, -0.0, 0.0, NAN, NAN]).unique_consecutive(return_inverse=True),
        torch.tensor(2.0).unique(return_inverse=True),
        caught(torch.tensor(2.0).unique, dim=0),
        [
            caught(torch.ones(shape).unique, dim=d)
            for shape in ((0,), (0, 3), (3, 0), (3, 0, 0), (0, 0))
            for d in (0, -1)
        ],
        [caught(torch.ones(shape).unique_consecutive, dim=0) for shape in ((0,), (0, 3), (3, 0))],
        torch.ones(0).unique(return_counts=True),
        [graph(name) for name in names],
        [caught(name.sum().backward) for name in names],
        caught(torch.ones(2, 2, dtype=torch.complex64).unique, dim=0),
    ]
