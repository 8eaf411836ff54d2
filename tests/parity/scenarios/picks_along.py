"""gather, scatter, scatter_add, scatter_reduce, take_along_dim: by an index of the operands' own rank."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool", "complex64"]
REDUCTIONS = ["sum", "prod", "mean", "amax", "amin"]
INDEX = [[0, 1], [2, 0], [2, 1]]


def of_type(torch: Any, dtype: str, shape: tuple[int, ...], seed: int) -> Any:
    kind = getattr(torch, dtype)
    if dtype.startswith(("float", "bfloat")):
        return tensor(torch, shape, seed, "float32", -4.0, 4.0).to(kind)
    if dtype == "complex64":
        return tensor(torch, shape, seed, "float32").to(kind) * (1 - 0.5j)
    n = 1
    for extent in shape:
        n *= extent
    return (torch.arange(n) * (7 + seed) % 11 - (0 if dtype == "uint8" else 5)).to(kind).reshape(shape)


@each(dtype=DTYPES, index=["int64", "int32"])
def of_every_type(torch: Any, dtype: str, index: str) -> Any:
    x, src = of_type(torch, dtype, (3, 4), 1), of_type(torch, dtype, (3, 2), 2)
    i = torch.tensor(INDEX, dtype=getattr(torch, index))
    return [
        torch.gather(x, 0, i),
        x.gather(1, i),
        torch.scatter(x, 0, i, src),
        x.scatter(-1, i, src),
        torch.scatter(x, 0, i, 1),
        torch.scatter_add(x, 0, i, src),
        x.scatter_add(1, i, src),
        torch.scatter(x, 0, i, 1, reduce="add"),
        torch.scatter(x, 0, i, 2, reduce="multiply"),
    ]


@close(rtol=2e-3)
@each(reduce=REDUCTIONS, dtype=DTYPES, include_self=[True, False])
def reduced(torch: Any, reduce: str, dtype: str, include_self: bool) -> Any:
    x, src = of_type(torch, dtype, (3, 4), 3), of_type(torch, dtype, (3, 2), 4)
    i = torch.tensor(INDEX)
    f = torch.scatter_reduce
    if (reduce, dtype) in (("mean", "bool"), ("amax", "complex64"), ("amin", "complex64")):
        return caught(f, x, 0, i, src, reduce, include_self=include_self)
    written = x.clone()
    written.scatter_reduce_(1, i, src, reduce, include_self=include_self)
    return f(x, 0, i, src, reduce, include_self=include_self), written


@each(op=["gather", "scatter", "scatter_add"], layout=LAYOUTS)
def layouts(torch: Any, op: str, layout: str) -> Any:
    x = laid_out(torch, layout, 7, "float32", -3.0)
    dims = range(max(x.dim(), 1))
    f = getattr(torch, op)
    index = torch.zeros(tuple(x.shape), dtype=torch.int64)
    sources = () if op == "gather" else (x * 2,)
    return [caught(f, x, d, index, *sources) for d in dims]


def corners(torch: Any) -> Any:
    """Without dimensions, without elements, an index shorter than what it picks from."""
    one, index = torch.tensor(2.5), torch.tensor(0)
    x = torch.arange(12.0).reshape(3, 4)
    none = torch.zeros(0, dtype=torch.int64)
    nan = float("nan")
    return [
        torch.gather(one, 0, index),
        torch.gather(one, 0, torch.tensor([0, 0])),
        torch.gather(x[0], 0, torch.tensor(1)),
        torch.scatter(one, 0, index, torch.tensor(5.0)),
        torch.scatter(x[0], 0, torch.tensor(1), torch.tensor(5.0)),
        torch.gather(x, 0, none),
        torch.gather(x, 0, torch.zeros(0, 4, dtype=torch.int64)),
        torch.gather(x, 0, none.float()),
        torch.scatter(x, 0, none, x),
        torch.scatter_add(x, 1, none, x),
        torch.scatter_reduce(x, 0, none, x, "mean"),
        torch.gather(x, 1, torch.tensor([[3]])),
        torch.scatter(x, 1, torch.tensor([[3]]), torch.ones(3, 3)),
        torch.scatter_reduce(
            torch.tensor([1.0, nan, 2.0]), 0, torch.tensor([0, 1, 2]), torch.tensor([nan, 1.0, 3.0]), "amax"
        ),
        torch.scatter_reduce(torch.tensor([1, -7, 2]), 0, torch.tensor([0, 1, 1]), torch.tensor([4, 1, 1]), "mean"),
        torch.scatter(torch.zeros(3), 0, torch.tensor([1, 1, 1]), torch.tensor([1.0, 2.0, 3.0])),
    ]


def refusals(torch: Any) -> Any:
    x, s = torch.arange(12.0).reshape(3, 4), torch.ones(2, 2)
    i = torch.tensor([[0, 1], [2, 0]])
    leaf = x.clone().requires_grad_(True)
    out = []
    for index in (i.byte(), i.float(), i.bool(), -i, i + 3, torch.tensor([0]), torch.zeros(2, 5, dtype=torch.int64)):
        out.append(caught(torch.gather, x, 0, index))
        for f in (torch.scatter, torch.scatter_add):
            out.append(caught(f, x, 0, index, s))
        out.append(caught(torch.scatter, x, 0, index, 2))
        out.append(caught(torch.scatter_reduce, x, 0, index, s, "sum"))
    out += [
        caught(torch.gather, x, 2, i),
        caught(torch.scatter, x, 0, i, s.double()),
        caught(torch.scatter, x, 0, i, s[0]),
    ]
    out += [caught(torch.scatter, x, 0, i, s[0, 0]), caught(torch.scatter, x, 0, i, 2j), caught(x.scatter, 0, i)]
    out += [caught(torch.scatter, x.byte(), 0, i, 300), caught(torch.scatter_reduce, x, 0, i, s, "median")]
    out += [caught(lambda: torch.scatter(x, 0, i, 2, reduce="mean")), caught(leaf.scatter_, 0, i, 2)]
    out += [caught(leaf.scatter_add_, 0, i, s), caught(torch.zeros(1).expand(3).scatter_, 0, torch.tensor([0]), 1)]
    out += [caught(torch.gather, x, 0), caught(torch.gather, 1, 0, i), caught(x.gather, "a", i)]
    whole = x.long()
    out += [caught(whole.scatter_, 0, whole[:1, :2], whole.clone()), caught(torch.scatter_reduce, x, 0, i, s)]
    return out


def given_a_result(torch: Any) -> Any:
    x, s, i = torch.arange(12.0).reshape(3, 4), torch.ones(2, 2), torch.tensor([[0, 1], [2, 0]])
    out = []
    for to in (torch.empty(0), torch.empty(0, dtype=torch.int64), torch.empty(2, 2)):
        out.append(caught(lambda to=to: torch.gather(x, 0, i, out=to)))
    for to in (torch.empty(0), torch.empty(0, dtype=torch.int64), torch.empty(3, 4)):
        out.append(caught(lambda to=to: torch.scatter(x, 0, i, s, out=to)))
        out.append(caught(lambda to=to: torch.scatter(x, 0, i, 3, out=to)))
        out.append(caught(lambda to=to: torch.scatter_add(x, 0, i, s, out=to)))
        out.append(caught(lambda to=to: torch.scatter_reduce(x, 0, i, s, "amax", out=to)))
    y = x.clone()
    out.append(caught(lambda: torch.gather(y, 0, torch.zeros(3, 4, dtype=torch.int64), out=y)))
    out.append(caught(lambda: torch.scatter(y, 0, i, s, out=y)))
    return out


def in_place(torch: Any) -> Any:
    i, s = torch.tensor([[0, 1], [2, 0]]), torch.ones(2, 2)
    out = []
    for write in (
        lambda x: x.scatter_(0, i, s),
        lambda x: x.scatter_(0, i, 7),
        lambda x: x.scatter_add_(0, i, s),
        lambda x: x.scatter_(0, i, 3, reduce="multiply"),
        lambda x: x.scatter_reduce_(0, i, s, "prod"),
        lambda x: x.scatter_reduce_(0, i, s, "mean", include_self=False),
        lambda x: x.t().scatter_(1, i, s),
    ):
        x = torch.arange(12.0).reshape(3, 4)
        y = write(x)
        out.append((y is x, x, x._version))
    base = torch.ones(3, 4, requires_grad=True)
    x = base * 2
    x[0].scatter_add_(0, torch.tensor([1, 1]), s[0])
    x.scatter_(1, i, s)
    return out, graph(x), torch.autograd.grad((x * x).sum(), base)


def seconds(torch: Any, y: Any, leaves: list[Any]) -> Any:
    firsts = torch.autograd.grad((y * y).sum(), leaves, create_graph=True)
    second = torch.autograd.grad(sum((g * g).sum() for g in firsts), leaves)
    return graph(y), y.detach(), [g.detach() for g in firsts], [graph(g, 4) for g in firsts], second


@close(rtol=1e-9)
@each(op=["gather", "scatter", "scatter_number", "scatter_add", "take_along_dim"])
def gradients(torch: Any, op: str) -> Any:
    x = tensor(torch, (3, 4), 5, "float64", -2.0, 2.0).requires_grad_(True)
    src = tensor(torch, (3, 2), 6, "float64", -2.0, 2.0).requires_grad_(True)
    i = torch.tensor(INDEX)
    y = {
        "gather": lambda: torch.gather(x, 0, i),
        "scatter": lambda: torch.scatter(x, 0, torch.tensor([[0, 1], [2, 0], [1, 2]]), src),
        "scatter_number": lambda: torch.scatter(x, 0, i, 1.5),
        "scatter_add": lambda: torch.scatter_add(x, 1, i, src),
        "take_along_dim": lambda: torch.take_along_dim(x, i[:, :1], 1),
    }[op]()
    return seconds(torch, y, [x, src] if op in ("scatter", "scatter_add") else [x])


@close(rtol=1e-9)
@each(reduce=REDUCTIONS, include_self=[True, False], zeros=[0, 1])
def gradients_of_reductions(torch: Any, reduce: str, include_self: bool, zeros: int) -> Any:
    x = tensor(torch, (3, 4), 7, "float64", 0.5, 2.0)
    src = tensor(torch, (3, 2), 8, "float64", 0.5, 2.0)
    x[0, 0] = src[0, 0] = x[0, 1]
    if zeros:
        src[1, 0] = 0.0
        x[1, 1] = 0.0
    x.requires_grad_(True)
    src.requires_grad_(True)
    y = torch.scatter_reduce(x, 0, torch.tensor(INDEX), src, reduce, include_self=include_self)
    return seconds(torch, y, [x, src])


def without_derivative(torch: Any) -> Any:
    x, s, i = torch.ones(3, 4, requires_grad=True), torch.ones(3, 3, requires_grad=True), torch.tensor(INDEX)
    y = torch.scatter(x, 0, i, 2.0, reduce="add")
    lost = torch.scatter_reduce(torch.zeros(2, requires_grad=True), 0, torch.tensor([0, 0]), torch.zeros(2), "prod")
    return (
        y.grad_fn.name(),
        caught(y.sum().backward),
        caught(torch.scatter(x, 0, i, s).sum().backward),
        caught(torch.scatter_add(x, 0, i, s).sum().backward),
        graph(lost),
    )


@close(rtol=1e-9)
@each(op=["gather", "scatter", "scatter_add", "sum", "mean"])
def tangents(torch: Any, op: str) -> Any:
    x, v = tensor(torch, (3, 4), 13, "float64"), tensor(torch, (3, 4), 14, "float64")
    i, src = torch.tensor(INDEX), tensor(torch, (3, 2), 15, "float64")
    f = {
        "gather": lambda x: torch.gather(x, 0, i),
        "scatter": lambda x: torch.scatter(x, 0, i[:1], x[:, 1:]),
        "scatter_add": lambda x: torch.scatter_add(x, 0, i, x[:, 2:] * 2),
        "sum": lambda x: torch.scatter_reduce(x, 0, i, src, "sum", include_self=False),
        "mean": lambda x: torch.scatter_reduce(x, 0, i, x[:, 2:] * 2, "mean"),
    }[op]
    return torch.func.jvp(f, (x,), (v,))


def along_a_dimension(torch: Any) -> Any:
    x = torch.arange(12.0).reshape(3, 4)
    f = torch.take_along_dim
    few = torch.tensor([[0], [1], [3]])
    return [
        f(x, few, 1),
        f(x, few),
        f(x, torch.tensor([[-1], [5], [-6]]), 1),
        f(x, torch.tensor([[1, 0, 1, 2]]), 0),
        f(x, torch.tensor(3)),
        x.take_along_dim(few, dim=-1),
        f(torch.tensor(1.0), torch.tensor(0)),
        caught(f, x, few.int(), 1),
        caught(f, x, few.float(), 1),
        caught(f, x, few[0], 1),
        caught(f, x, torch.zeros(2, 2, dtype=torch.int64), 1),
        caught(f, x, few, 2),
        caught(f, x, torch.tensor([-1])),
        caught(f, torch.tensor(1.0), torch.tensor(0), 0),
        f(x, few, 1, out=torch.empty(0)),
        caught(lambda: f(x, few, 1, out=torch.empty(0, dtype=torch.int64))),
    ]


@each(op=["gather", "scatter", "scatter_add", "scatter_reduce"])
def saved(torch: Any, op: str) -> Any:
    x, s, i = torch.ones(3, 4, requires_grad=True), torch.ones(3, 2), torch.tensor(INDEX)
    more = {"gather": (), "scatter_reduce": (s, "amax")}.get(op, (s,))
    node = getattr(torch, op)(x, 0, i, *more).grad_fn
    return node._saved_dim, node._saved_index, len(node.next_functions)


@each(
    reduce=REDUCTIONS,
    include_self=[True, False],
    shapes=[((1,), (3,)), ((2,), (3,)), ((1, 2), (3, 2)), ((2, 1), (2, 2))],
)
def source_larger_than_its_index(torch: Any, reduce: str, include_self: bool, shapes: Any) -> Any:
    x = torch.full((4, 4)[: len(shapes[0])], 2.0, requires_grad=True)
    s = tensor(torch, shapes[1], 1, low=1.0, high=4.0).requires_grad_()
    y = x.scatter_reduce(0, torch.ones(shapes[0], dtype=torch.int64), s, reduce, include_self=include_self)
    return y, caught(lambda: (y * y).sum().backward()), x.grad, s.grad


@each(dtype=["int32", "int64", "int16", "uint8", "bool", "float32"])
def along_no_dimension(torch: Any, dtype: str) -> Any:
    x, kind = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True), getattr(torch, dtype)
    i = torch.tensor([2, 0]).to(kind)
    return [
        caught(x.take_along_dim, i),
        caught(x.take_along_dim, i[None], 1),
        caught(x.take_along_dim, torch.tensor([3]).to(kind)),
        caught(x.take_along_dim, torch.empty(0, dtype=kind)),
        caught(lambda: torch.take_along_dim(x.detach(), i, out=torch.empty(2))),
    ]


@close()
@each(reduce=["sum", "mean"], include_self=[True, False])
def tangents_of_a_larger_source(torch: Any, reduce: str, include_self: bool) -> Any:
    x, s, i = torch.full((2, 4), 2.0), tensor(torch, (3, 4), 1), torch.tensor([[1, 0, 1], [1, 1, 0]])
    return torch.func.jvp(lambda x, s: x.scatter_reduce(0, i, s, reduce, include_self=include_self), (x, s), (x, s * 3))


@each(reduce=["sum", "add", None])
def what_is_told_first_of_a_reduction(torch: Any, reduce: str | None) -> Any:
    x, leaf, i = torch.ones(3), torch.ones(3, requires_grad=True), torch.tensor([0, 1])
    two, whole = torch.ones(2), torch.ones(3, dtype=torch.int64)
    return [
        caught(torch.scatter, x, 5, i, two, reduce=reduce),
        caught(torch.scatter, x, 0, two, two, reduce=reduce),
        caught(torch.scatter, x, 0, i[None], two, reduce=reduce),
        caught(torch.scatter, x, 0, i, whole, reduce=reduce),
        caught(torch.scatter, x, 0, i, torch.ones(1), reduce=reduce),
        caught(torch.scatter, x, 0, i, two, reduce=reduce, out=whole.clone()),
        caught(leaf.scatter_, 0, i, two, reduce=reduce),
        caught(torch.scatter, x, 0, i, 2.0, reduce=reduce),
        caught(x.scatter_reduce, 0, i, two, reduce),
    ]
