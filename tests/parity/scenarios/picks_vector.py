"""index_select, index_add, index_copy, index_fill, index_reduce, index_put, take, put: by vectors of indices."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor
from .picks_along import DTYPES, of_type, seconds

REDUCTIONS = ["prod", "mean", "amax", "amin"]


@each(dtype=DTYPES)
def of_every_type(torch: Any, dtype: str) -> Any:
    x, rows, columns = (
        of_type(torch, dtype, (3, 4), 1),
        of_type(torch, dtype, (3, 4), 2),
        of_type(torch, dtype, (3, 2), 3),
    )
    i, j = torch.tensor([2, 0, 2]), torch.tensor([1, 3])
    flat = of_type(torch, dtype, (3,), 4)
    return [
        torch.index_select(x, 0, i),
        x.index_select(1, j.int()),
        torch.index_add(x, 0, i, rows),
        x.index_add(1, j, columns),
        torch.index_copy(x, 0, i, rows),
        x.index_copy(-1, j, columns),
        torch.index_fill(x, 0, i, 1),
        x.index_fill(1, -j, torch.tensor(1)),
        torch.take(x, i),
        x.take(-j),
        torch.put(x, i, flat),
        x.put(i, flat, accumulate=True),
        torch.index_put(x, (i,), rows),
        x.index_put((i, torch.tensor([1, 1, 1])), flat, accumulate=True),
        torch.index_put(x, (x != 0,), flat[0]),
    ]


@close(rtol=1e-2, atol=1e-3)
@each(dtype=[dtype for dtype in DTYPES if dtype != "bfloat16"], alpha=[2, -1, 1.5, True])
def scaled(torch: Any, dtype: str, alpha: Any) -> Any:
    x, rows = of_type(torch, dtype, (3, 4), 1), of_type(torch, dtype, (3, 4), 2)
    i = torch.tensor([2, 0, 2])
    return caught(torch.index_add, x, 0, i, rows, alpha=alpha), caught(x[0].index_add, 0, i, rows[0, :3], alpha=alpha)


@close(rtol=2e-2)
@each(reduce=REDUCTIONS, dtype=DTYPES, include_self=[True, False])
def reduced(torch: Any, reduce: str, dtype: str, include_self: bool) -> Any:
    if (reduce, dtype) == ("mean", "bfloat16"):
        return None  # torch rounds at every step
    x, rows = of_type(torch, dtype, (3, 4), 5), of_type(torch, dtype, (3, 4), 6)
    i = torch.tensor([2, 0, 2])
    return caught(torch.index_reduce, x, 0, i, rows, reduce, include_self=include_self)


@each(op=["index_select", "index_add", "index_copy", "index_fill", "put", "index_put"], layout=LAYOUTS)
def layouts(torch: Any, op: str, layout: str) -> Any:
    x = laid_out(torch, layout, 7, "float32", -3.0)
    n = x.numel()
    index = torch.tensor([0])
    if op == "put":
        return caught(torch.put, x, torch.tensor([n - 1, 0]), torch.tensor([5.0, 6.0]))
    if op == "index_put":
        return caught(torch.index_put, x, (index,), torch.tensor(3.0))
    f = getattr(torch, op)
    out = []
    for d in range(x.dim()):
        part = torch.narrow(x, d, 0, 1) if hasattr(torch, "narrow") else x.transpose(0, d)[:1].transpose(0, d)
        more = {"index_select": (), "index_fill": (2.5,)}.get(op, (part * 2,))
        out.append(caught(f, x, d, index, *more))
    return out


def corners(torch: Any) -> Any:
    one, zero, x = torch.tensor(2.5), torch.tensor(0), torch.arange(12.0).reshape(3, 4)
    none = torch.zeros(0, dtype=torch.int64)
    return [
        torch.index_select(one, 0, zero),
        torch.index_select(x, 0, torch.tensor(1)),
        torch.index_select(x, 1, none),
        torch.index_select(torch.empty(0, 3), 0, none),
        torch.index_select(torch.empty(0, 3), 1, torch.tensor([1, 1, 1, 1])),
        torch.index_add(one, 0, zero, one),
        torch.index_add(x, 0, torch.tensor(1), x[:1]),
        torch.index_add(x, 0, none, x[:0]),
        torch.index_copy(one, 0, torch.tensor([0]), one[None]),
        torch.index_copy(x[0], 0, torch.tensor([1]), one),
        torch.index_fill(one, 0, zero, 3),
        torch.index_fill(x, 0, torch.tensor(1), one),
        torch.index_fill(x[:0], 1, zero, 3),
        torch.take(x, none),
        torch.take(x, zero),
        torch.put(x, none, x[0, :0]),
        torch.put(x, zero, one),
        torch.index_put(x, (none,), x[:0]),
        torch.index_put(x, (torch.tensor(1),), x[0]),
        torch.index_put(x, (torch.tensor([True, False, True]), torch.tensor([1, 2])), x[0, :2]),
        torch.index_put(x, (x > 4,), one.double()),
        torch.index_put(x, [torch.tensor([0, 0])], x[:2], True),
    ]


@each(op=["index_add", "index_copy", "index_reduce"])
def refused_parts(torch: Any, op: str) -> Any:
    x, s, i = torch.arange(12.0).reshape(3, 4), torch.ones(2, 4), torch.tensor([0, 2])
    more = ("amax",) if op == "index_reduce" else ()
    leaf = x.clone().requires_grad_(True)

    def f(*arguments: Any) -> Any:
        return caught(getattr(torch, op), *arguments, *more)

    one = torch.tensor(1.0)
    out = [f(x, 0, i, s.double()), f(x, 0, i.byte(), s), f(x, 0, i.float(), s), f(x, 0, -i, s), f(x, 0, i + 2, s)]
    out += [f(x, 1, i + 2, torch.ones(3, 2)), f(x[0], 0, i + 3, s[0, :2]), f(x, 0, i[None], s), f(x, 2, i, s)]
    out += [
        f(x, 0, torch.tensor([0, 1, 2]), s),
        f(x, 0, i, s[:, :3]),
        f(x, 0, i, s[0, :2]),
        f(one, 0, i[:1], s[0, :1] + 4),
    ]
    out += [f(x[0], 0, i, one), f(x, 0, i), f(x, 0, 1, s), f(torch.zeros(2, 3, 4), 1, i + 2, torch.ones(2, 2, 4))]
    y = x.clone()
    out += [caught(getattr(leaf, op + "_"), 0, i, s, *more), caught(getattr(y, op + "_"), 0, i, y[:2], *more)]
    out += [caught(getattr(torch.zeros(1).expand(3), op + "_"), 0, i, s[0, :2], *more), y]
    return out


def refusals(torch: Any) -> Any:
    x, i = torch.arange(12.0).reshape(3, 4), torch.tensor([0, 2])
    two = torch.tensor([[0, 1], [2, 0]])
    out = []
    for index in (i.byte(), i.bool(), i.float(), -i, i + 2, two):
        out += [caught(torch.index_select, x, 0, index), caught(torch.index_select, x, 1, index * 2)]
        out += [
            caught(torch.index_fill, x, 0, index, 1),
            caught(torch.take, x, index),
            caught(torch.put, x, index, x[0, :2]),
        ]
    out += [caught(torch.index_select, torch.tensor(1.0), 0, i), caught(torch.index_select, torch.empty(0, 3), 0, i)]
    out += [
        caught(torch.index_fill, x, 0, i, x[0]),
        caught(torch.index_fill, x, 0, i, 2j),
        caught(torch.index_fill, x, 2, i, 1),
    ]
    out += [caught(torch.index_fill, x.byte(), 0, i, 300), caught(torch.index_fill, x, 0, i - 4, 1)]
    out += [caught(torch.take, x, i + 12), caught(torch.take, x, i - 13), caught(torch.take, x[:0], i)]
    out += [caught(torch.put, x, i, x[0, :3]), caught(torch.put, x, i, i), caught(torch.put, x[:0], i, x[0, :2])]
    out += [caught(torch.index_reduce, x, 0, i, x[:2], "sum"), caught(torch.index_add, x, 0, i, x[:2], alpha=2j)]
    out += [
        caught(torch.index_put, x, (i, i, i), x),
        caught(torch.index_put, x, (i.float(),), x),
        caught(torch.index_put, x, i, x),
    ]
    out += [
        caught(torch.index_put, x, (None, i), x),
        caught(torch.index_put, x, (i,), x),
        caught(torch.index_put, x, (i,), x[:2].double()),
    ]
    out += [
        caught(torch.index_put, x, (i + 2,), x[:2]),
        caught(torch.index_put, x, (x[0] > 1,), x[0]),
        caught(x.index_put, (0,), x),
    ]
    out += [caught(torch.index_put, x, (i,), x[None, None, :2]), caught(torch.index_put, x, (i,), 1.0)]
    y = x.clone()
    out += [caught(y.put_, i, y[0, :2]), caught(y.index_put_, (i,), y[:2]), caught(y.index_fill_, 0, i + 3, 1), y]
    return out


def given_a_result(torch: Any) -> Any:
    x, i = torch.arange(12.0).reshape(3, 4), torch.tensor([0, 2])
    out = []
    for make in (lambda: torch.empty(0), lambda: torch.empty(0, dtype=torch.int64), lambda: torch.empty(3, 4)):
        out.append(caught(lambda make=make: torch.index_select(x, 0, i, out=make())))
        out.append(caught(lambda make=make: torch.index_add(x, 0, i, x[:2], out=make())))
        out.append(caught(lambda make=make: torch.index_copy(x, 0, i, x[1:], out=make())))
        out.append(caught(lambda make=make: torch.index_reduce(x, 0, i, x[1:], "amin", out=make())))
        out.append(caught(lambda make=make: torch.take(x, i, out=make())))
    y = x.clone()
    out.append(caught(lambda: torch.index_select(y, 0, torch.tensor([0, 1, 2]), out=y)))
    out.append(caught(lambda: torch.index_add(y, 0, i, x[:2], out=y)))
    return out


def in_place(torch: Any) -> Any:
    i, s = torch.tensor([0, 2]), torch.ones(2, 4)
    out = []
    for write in (
        lambda x: x.index_add_(0, i, s),
        lambda x: x.index_add_(0, i, s, alpha=-2),
        lambda x: x.index_copy_(0, i, s),
        lambda x: x.index_fill_(1, i, 9),
        lambda x: x.index_fill_(1, i, torch.tensor(9.0)),
        lambda x: x.put_(i, s[0, :2]),
        lambda x: x.put_(-i, s[0, :2], accumulate=True),
        lambda x: x.index_put_((i,), s),
        lambda x: torch.index_put_(x, [i], s, True),
        lambda x: x.index_reduce_(0, i, s, "mean"),
        lambda x: x.t().put_(i + 1, s[0, :2]).t(),
    ):
        x = torch.arange(12.0).reshape(3, 4)
        out.append((write(x), x, x._version))
    base = torch.ones(3, 4, requires_grad=True)
    x = base * 2
    x.index_add_(0, i, base[:2])
    x[1].index_fill_(0, i, base[0, 0])
    x.index_put_((i, i), base[0, :2], accumulate=True)
    x.put_(i, base[1, :2])
    return out, graph(x), torch.autograd.grad((x * x).sum(), base), torch.zeros(1).expand(3).index_fill_(0, i, 5)


@close(rtol=1e-9)
@each(
    op=[
        "index_select",
        "index_add",
        "index_add_scaled",
        "index_copy",
        "index_fill",
        "index_fill_number",
        "take",
        "put",
        "add_put",
        "index_put",
        "index_put_added",
    ]
)
def gradients(torch: Any, op: str) -> Any:
    x = tensor(torch, (3, 4), 5, "float64", -2.0, 2.0).requires_grad_(True)
    src = tensor(torch, (2, 4), 6, "float64", -2.0, 2.0).requires_grad_(True)
    few, one = (
        tensor(torch, (2,), 7, "float64").requires_grad_(True),
        torch.tensor(1.5, dtype=torch.float64, requires_grad=True),
    )
    i = torch.tensor([2, 0])
    y, other = {
        "index_select": lambda: (torch.index_select(x, 0, torch.tensor([2, 0, 2])), []),
        "index_add": lambda: (torch.index_add(x, 0, torch.tensor([2, 2]), src), [src]),
        "index_add_scaled": lambda: (torch.index_add(x, 0, i, src, alpha=3), [src]),
        "index_copy": lambda: (torch.index_copy(x, 0, i, src), [src]),
        "index_fill": lambda: (torch.index_fill(x, 0, torch.tensor([1, 1, 2]), one), [one]),
        "index_fill_number": lambda: (torch.index_fill(x, 0, i, 1.5), []),
        "take": lambda: (torch.take(x, torch.tensor([3, -1, 3])), []),
        "put": lambda: (torch.put(x, i, few), [few]),
        "add_put": lambda: (torch.put(x, torch.tensor([1, 1]), few, accumulate=True), [few]),
        "index_put": lambda: (torch.index_put(x, (i,), src), [src]),
        "index_put_added": lambda: (torch.index_put(x, (i, torch.tensor([1, 1])), few, accumulate=True), [few]),
    }[op]()
    return seconds(torch, y, [x, *other])


@close(rtol=1e-9)
@each(reduce=REDUCTIONS, include_self=[True, False], zeros=[0, 1])
def gradients_of_reductions(torch: Any, reduce: str, include_self: bool, zeros: int) -> Any:
    x = tensor(torch, (3, 4), 7, "float64", 0.5, 2.0)
    src = tensor(torch, (3, 4), 8, "float64", 0.5, 2.0)
    x[0, 0] = src[0, 0] = x[0, 1]
    if zeros:
        src[1, 0] = 0.0
        x[1, 1] = 0.0
    x.requires_grad_(True)
    src.requires_grad_(True)
    y = torch.index_reduce(x, 0, torch.tensor([2, 0, 2]), src, reduce, include_self=include_self)
    return seconds(torch, y, [x, src])


@close(rtol=1e-9)
@each(op=["index_select", "index_add", "index_copy", "index_fill", "take", "put"])
def tangents(torch: Any, op: str) -> Any:
    x, v = tensor(torch, (3, 4), 13, "float64"), tensor(torch, (3, 4), 14, "float64")
    i = torch.tensor([2, 0])
    f = {
        "index_select": lambda x: torch.index_select(x, 1, i),
        "index_add": lambda x: torch.index_add(x, 0, i, x[1:] * 2, alpha=2),
        "index_copy": lambda x: torch.index_copy(x, 0, i, x[1:] * 2),
        "index_fill": lambda x: torch.index_fill(x, 0, i, x[1, 1] * 2),
        "take": lambda x: torch.take(x, i),
        "put": lambda x: torch.put(x, i, x[0, :2] * 2, accumulate=True),
    }[op]
    return torch.func.jvp(f, (x,), (v,))


@each(layout=["permuted", "sliced", "expanded", "one element of many"])
def few_elements_of_what_lies_apart(torch: Any, layout: str) -> Any:
    x = torch.arange(120.0).view(2, 3, 4, 5)
    n = 2**28 if layout == "one element of many" else None
    x = {
        "permuted": lambda: x.permute(3, 1, 0, 2),
        "sliced": lambda: x[:, 1:, ::2, 1:],
        "expanded": lambda: x[0, 0, :, :1].expand(4, 50),
        "one element of many": lambda: x[0, 0, 0, 3].expand(n),
    }[layout]()
    n = x.numel()
    indices = [[0, 3, n - 1], [-n, -2], [n], [-n - 1], [-(2**63)], [[n // 2], [7 % n]]]
    return [caught(x.take, torch.tensor(index)) for index in indices]
