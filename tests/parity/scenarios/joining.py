"""Tensors made one: cat, stack, block_diag, and the names that bring their operands into shape first."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

NAMES = ["cat", "concat", "concatenate", "stack", "hstack", "vstack", "row_stack", "dstack", "column_stack"]
DTYPES = ["float32", "float64", "float16", "bfloat16", "complex64", "int64", "int32", "uint8", "bool"]
RANKS: list[tuple[int, ...]] = [(), (1,), (4,), (3, 4), (2, 0), (2, 3, 4)]


@each(name=NAMES, layout=LAYOUTS)
def of_layouts(torch: Any, name: str, layout: str) -> Any:
    x, y = laid_out(torch, layout, 1), laid_out(torch, "contiguous", 2)
    join = getattr(torch, name)
    return join([x, y]), join((x, x, y)), join([x])


@each(name=["cat", "stack"], layout=LAYOUTS, dim=[0, 1, -1, -2])
def along(torch: Any, name: str, layout: str, dim: int) -> Any:
    x, y = laid_out(torch, layout, 3), laid_out(torch, "transposed", 4)
    return getattr(torch, name)([x, y, x], dim), getattr(torch, name)((y, x), dim=dim), torch.cat([y, x], axis=dim)


@each(name=NAMES, one=DTYPES, other=["float32", "int64", "bool", "complex64", "bfloat16"])
def promoted(torch: Any, name: str, one: str, other: str) -> Any:
    return getattr(torch, name)([tensor(torch, (2, 3), 1, one, 0), tensor(torch, (2, 3), 2, other, 0)])


@each(name=NAMES, shape=RANKS)
def of_ranks(torch: Any, name: str, shape: tuple[int, ...]) -> Any:
    x, y = tensor(torch, shape, 1), tensor(torch, shape, 2, "float64")
    return caught(getattr(torch, name), [x, y])


@each(name=NAMES, shape=[(4,), (3, 4), (2, 3, 4)], dtype=["float64", "complex64"])
def derivatives(torch: Any, name: str, shape: tuple[int, ...], dtype: str) -> Any:
    x = tensor(torch, shape, 1, dtype).requires_grad_()
    y = tensor(torch, shape, 2, "float32").requires_grad_()
    z = getattr(torch, name)([x * 1, y, x])
    g = torch.ones_like(z, requires_grad=True)
    first = torch.autograd.grad(z, [x, y], g, create_graph=True)
    return graph(z), first, torch.autograd.grad(first[0], g, torch.ones_like(x))


@each(dim=[0, 1, -1, 5])
def vectors_of_nothing(torch: Any, dim: int) -> Any:
    none, x = torch.empty(0, requires_grad=True), tensor(torch, (2, 3), 1).requires_grad_()
    whole = torch.empty(0, dtype=torch.int64)

    def joined() -> Any:
        y = torch.cat([none, x, none, x], dim)
        return y, graph(y), torch.autograd.grad(y.sum(), [none, x])

    both = caught(torch.cat, [none, none], dim), caught(torch.cat, [whole, none]), caught(torch.cat, [whole, whole])
    empty = caught(torch.cat, [torch.ones(0, 3), x], dim), caught(torch.cat, [torch.ones(2, 0), x], dim)
    return caught(joined), both, empty, caught(torch.cat, [none.double(), x])


def memory_order(torch: Any) -> Any:
    last = torch.ones(2, 3, 4, 5).permute(0, 3, 1, 2)
    deep = torch.ones(2, 3, 4, 5, 6).permute(0, 4, 1, 2, 3)
    usual, none = torch.ones(2, 5, 3, 4), torch.empty(0)
    lists = [[last, last], [last, usual], [usual, last], [deep, deep], [none, last], [last, none], [usual, usual]]
    own = [torch.cat(list_, dim).stride() for list_ in lists for dim in (0, 1)]
    ones = [torch.ones(shape).permute(0, 3, 1, 2) for shape in ((1, 1, 1, 1), (2, 1, 1, 1), (1, 2, 3, 1), (1, 1, 3, 4))]
    out = torch.cat([last, last], out=torch.empty(0)).stride()
    return (
        own,
        [torch.cat([x, x]).stride() for x in ones],
        out,
        [torch.stack([last, last], n).stride() for n in range(4)],
    )


@each(name=NAMES, dtype=["float32", "float64", "int64", "float16"])
def to_out(torch: Any, name: str, dtype: str) -> Any:
    x, y = tensor(torch, (2, 3), 1), tensor(torch, (2, 3), 2)
    join, kind = getattr(torch, name), getattr(torch, dtype)
    fits = torch.zeros(join([x, y]).shape, dtype=kind)
    # (Of a type that cannot be, torch's stack is resized before it says so.)
    sizes = (0,) if dtype == "int64" else (0, 5)
    results = [caught(join, [x, y], out=out) for out in (*(torch.empty(n, dtype=kind) for n in sizes), fits)]
    seen = torch.zeros(join([x, y]).T.shape, dtype=kind).T if name == "cat" else fits
    return results, fits, fits._version, caught(join, [x, y], out=seen), seen


def refuses_out(torch: Any) -> Any:
    x, part = tensor(torch, (4, 3), 1), tensor(torch, (4, 3), 2)
    leaf = torch.ones(2, 3, requires_grad=True)
    calls = [
        lambda: torch.cat([x[:1], x[1:2]], out=x[1:3]),
        lambda: torch.cat([x[:2]], out=x[2:]),
        lambda: torch.stack([x[0], x[1]], out=x[1:3]),
        lambda: torch.cat([part[:1]], out=torch.ones(3).expand(1, 3)),
        lambda: torch.cat([part[:2]], out=torch.ones(3).expand(2, 3)),
        lambda: torch.cat([leaf], out=torch.empty(2, 3)),
        lambda: torch.stack([part[0]], out=torch.ones(1, 3, requires_grad=True)),
        lambda: torch.hstack([leaf, leaf], out=torch.empty(0)),
    ]
    return [caught(call) for call in calls], x


def refused(torch: Any) -> Any:
    m, v, s = tensor(torch, (3, 4), 1), tensor(torch, (4,), 2), torch.tensor(1.0)
    calls: list[Any] = [
        *(
            lambda name=name, list_=list_: getattr(torch, name)(list_)
            for name in NAMES
            for list_ in ([], [m, v], [v, v[:3]])
        ),
        *(lambda name=name: getattr(torch, name)([m, m], 3) for name in ("cat", "stack")),
        *(lambda name=name: getattr(torch, name)([m, m], -4) for name in ("cat", "stack")),
        *(
            lambda bad=bad: torch.cat(bad)
            for bad in ([s, s], [m, s], [m, m[:, :3]], [m, m[None]], m, 3, [m, None], (m, 2))
        ),
        lambda: torch.cat([m, m[:2]], 1),
        lambda: torch.cat([m, m], dim=None),
        lambda: torch.cat([m, m], dim=1.5),
        lambda: torch.cat(),
        lambda: torch.stack(),
        lambda: torch.hstack(m),
        lambda: torch.stack([m, m.reshape(4, 3)]),
        lambda: torch.dstack([s, v]),
        lambda: torch.column_stack([v, m]),
    ]
    return [caught(call) for call in calls]


@each(dtype=["float32", "complex64", "int64", "bool"])
def block_diag(torch: Any, dtype: str) -> Any:
    m, v, s = tensor(torch, (2, 3), 1, dtype), tensor(torch, (2,), 2, dtype), tensor(torch, (), 3, dtype)
    mixed = torch.block_diag(m, torch.tensor(2.5)), torch.block_diag(torch.tensor([1]), m)
    none = torch.block_diag(), torch.block_diag(torch.empty(0), v), torch.block_diag(torch.ones(2, 0), m)
    return torch.block_diag(m, v, s), torch.block_diag(m), torch.block_diag(m.T, s), mixed, none


def block_diag_derivatives(torch: Any) -> Any:
    m, v = tensor(torch, (2, 3), 1).requires_grad_(), tensor(torch, (2,), 2).requires_grad_()
    s = tensor(torch, (), 3).requires_grad_()
    y = torch.block_diag(m, v, s * 2, m.T)
    weights = torch.arange(56.0).reshape(y.shape)
    refused = caught(torch.block_diag, m[None]), caught(torch.block_diag, [m, m]), caught(torch.block_diag, m, 3)
    return graph(y), torch.autograd.grad((y * y * weights).sum(), [m, v, s]), refused


@each(indexing=["ij", "xy", None])
def meshgrid(torch: Any, indexing: str | None) -> Any:
    a, b, c = torch.arange(3.0, requires_grad=True), torch.tensor(2.0), torch.arange(2.0)
    calls = [(a, c), (a, b, c), (a,), (b,), ([a, c],), ((a, b),), (a, c.long()), (), ([],)]
    grids = torch.meshgrid(a, c, indexing=indexing)
    named = [caught(torch.meshgrid, *call, indexing=indexing) for call in calls]
    return named, [graph(grid) for grid in grids], torch.autograd.grad((grids[0] * grids[1]).sum(), a)


def meshgrid_refused(torch: Any) -> Any:
    v = torch.arange(3.0)
    return [
        caught(torch.meshgrid, v, v, indexing="zz"),
        caught(torch.meshgrid, v, 3, indexing="ij"),
        caught(torch.meshgrid, v, v, order="ij"),
        caught(torch.meshgrid, v, v, indexing=3),
    ]


def products_of_vectors(torch: Any) -> Any:
    a, b = torch.arange(3.0, requires_grad=True), torch.arange(2.0, requires_grad=True)
    y = torch.cartesian_prod(a, b)
    three = torch.cartesian_prod(a.detach(), b.detach(), a.detach())
    calls = [(), (a[None],), (a, b[None]), (a, b.long()), ([a, b],), (a, torch.empty(0))]
    same = torch.cartesian_prod(a) is a
    return (
        y,
        graph(y),
        torch.autograd.grad((y * y).sum(), [a, b]),
        three,
        same,
        [caught(torch.cartesian_prod, *call) for call in calls],
    )


@each(r=[-1, 0, 1, 2, 3, 5], with_replacement=[False, True])
def combinations(torch: Any, r: int, with_replacement: bool) -> Any:
    v = tensor(torch, (4,), 1)
    empty = caught(torch.combinations, torch.empty(0), r, with_replacement)
    whole = caught(torch.combinations, torch.arange(3), r=r, with_replacement=with_replacement)
    return caught(torch.combinations, v, r, with_replacement), whole, empty


def combinations_of_others(torch: Any) -> Any:
    v = torch.arange(4.0, requires_grad=True)
    y = torch.combinations(v)
    return (
        y,
        torch.autograd.grad((y * y).sum(), v),
        caught(torch.combinations, v[None]),
        caught(torch.combinations, v[0]),
    )


@each(name=["atleast_1d", "atleast_2d", "atleast_3d"])
def at_least(torch: Any, name: str) -> Any:
    call = getattr(torch, name)
    all_ = [tensor(torch, shape, 1).requires_grad_() for shape in ((), (3,), (2, 3), (2, 3, 1), (1, 2, 3, 1))]
    graphs = [(y.shape, graph(y), y._is_view(), y is x) for x, y in zip(all_, call(*all_), strict=True)]
    return (
        graphs,
        call(all_[0]),
        call([all_[1]]),
        call(),
        [caught(call, bad) for bad in (3, [3], None)],
        call(tuple(all_[:2])),
    )


@close()
def broadcast(torch: Any) -> Any:
    m, v, s = tensor(torch, (3, 4), 1).requires_grad_(), tensor(torch, (4,), 2).requires_grad_(), torch.tensor(1.0)
    wide = torch.broadcast_tensors(m, v, s)
    shapes = [
        ((2, 1), (3,)),
        (2, (3, 1)),
        ((2,), (3,)),
        (),
        ((2, -1),),
        (1.5,),
        ([3, 1], (4,)),
        ((0,), (1,)),
        ((), (2,)),
    ]
    refused = [caught(torch.broadcast_tensors, *bad) for bad in ((m, torch.ones(3)), ([m, v],), (m, 3), ())]
    return (
        wide,
        [graph(y) for y in wide],
        wide[0] is m,
        torch.autograd.grad((wide[0] * wide[1]).sum(), [m, v]),
        refused,
        [caught(torch.broadcast_shapes, *shape) for shape in shapes],
    )


@each(shape=[(3, 4), (1, 4), (3, 1), (2, 3, 4), (1, 1, 4), (-1, 4), (2, -1, 4), (2, 4), (4,), (-1, 3, 4), (1, 3, 4)])
def broadcast_to(torch: Any, shape: tuple[int, ...]) -> Any:
    x = tensor(torch, (3, 4) if shape != (1, 1, 4) else (4,), 1)
    return [
        caught(call)
        for call in (lambda: torch.broadcast_to(x, shape), lambda: x.broadcast_to(*shape), lambda: x.expand(shape))
    ]
