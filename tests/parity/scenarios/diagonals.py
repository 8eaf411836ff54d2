"""Diagonals and triangles: as views and copies, put into zeros and into tensors; the trace; tables of indices."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

WAYS: dict[str, Any] = {
    "diagonal": lambda x: x.diagonal(),
    "diagonal above": lambda x: x.diagonal(2),
    "diagonal below": lambda x: x.diagonal(-1, 1, 0),
    "diagonal outside": lambda x: x.diagonal(9),
    "diag": lambda x: x.diag(1),
    "diag of a vector": lambda x: x[0].diag(-1),
    "diag_embed": lambda x: x.diag_embed(),
    "diag_embed aside": lambda x: x.diag_embed(-1, 0, 2),
    "diagflat": lambda x: x.diagflat(1),
    "tril": lambda x: x.tril(),
    "tril above": lambda x: x.tril(1),
    "triu": lambda x: x.triu(),
    "triu below": lambda x: x.triu(diagonal=-1),
    "trace": lambda x: x.trace(),
    "diagonal_scatter": lambda x: x.diagonal_scatter(x[0, :3] * 2),
    "select_scatter": lambda x: x.select_scatter(x[1] * 2, 0, -1),
    "slice_scatter": lambda x: x.slice_scatter(x[:, :2] * 3, 1, 0, None, 2),
    "slice_scatter of a range": lambda x: x.slice_scatter(x[:2] * 3, start=-2),
}


@each(way=list(WAYS), layout=LAYOUTS)
def of_layouts(torch: Any, way: str, layout: str) -> Any:
    x = laid_out(torch, layout, 1)
    y = WAYS[way](x)
    return y, y._is_view(), y.storage_offset() - x.storage_offset() if y._is_view() else None


@each(way=list(WAYS), dtype=["float16", "bfloat16", "int32", "uint8", "bool", "complex64"])
def of_types(torch: Any, way: str, dtype: str) -> Any:
    return caught(WAYS[way], laid_out(torch, "contiguous", 2, dtype, 0))


@close()
@each(way=list(WAYS))
def derivatives(torch: Any, way: str) -> Any:
    x = laid_out(torch, "contiguous", 3, "float64").requires_grad_()
    y = WAYS[way](x * 1)
    g = tensor(torch, tuple(y.shape), 4, "float64").requires_grad_()
    first = torch.autograd.grad(y, x, g, create_graph=True)
    return graph(y), first, torch.autograd.grad((first[0] * first[0]).sum(), g)


@each(way=list(WAYS), shape=[(0, 3), (4, 4), (2, 3, 4), (3, 1), (4,)])
def of_shapes(torch: Any, way: str, shape: tuple[int, ...]) -> Any:
    return caught(WAYS[way], tensor(torch, shape, 5))


@each(name=["diagonal", "diagonal above", "diagonal below"], write=["mul_", "copy_", "zero_"])
def written_through(torch: Any, name: str, write: str) -> Any:
    x = tensor(torch, (3, 4), 6).requires_grad_()
    y = x * 2
    view = WAYS[name](y)
    other = y.view(12)
    getattr(view, write)(*{"mul_": (3,), "copy_": (x[0, : len(view)],), "zero_": ()}[write])
    names = view.grad_fn.name(), y.grad_fn.name(), other.grad_fn.name(), y._version
    return names, y, torch.autograd.grad((y * y).sum() + other.sum() + view.sum(), x)


@each(name=["tril_", "triu_"], layout=[*LAYOUTS, "a view"], diagonal=[-1, 0, 2])
def in_place(torch: Any, name: str, layout: str, diagonal: int) -> Any:
    base = laid_out(torch, "contiguous" if layout == "a view" else layout, 7).requires_grad_()
    whole = base * 1 if layout == "a view" else base.detach()
    x = whole.t() if layout == "a view" else whole
    y = getattr(x, name)(diagonal)
    follow = torch.autograd.grad((whole * whole).sum(), base) if layout == "a view" else None
    return y, y is x, x._version, x.grad_fn and x.grad_fn.name(), follow, x.storage_offset()


@each(name=["tril", "triu", "diag"])
def to_out(torch: Any, name: str) -> Any:
    x, call = tensor(torch, (3, 4), 8), getattr(torch, name)
    leaf = torch.ones(3, 4, requires_grad=True)
    whole = torch.empty(0 if name == "diag" else (3, 4), dtype=torch.int64)
    kinds = [torch.empty(0), torch.empty(0, dtype=torch.float64), whole]
    if name == "diag":  # torch's is two operators in Python's sight, and names the inner one
        return [caught(call, x, 1, out=out) for out in kinds], caught(call, x.t(), out=torch.empty(0))
    refused = caught(call, x, out=leaf), caught(call, leaf, out=torch.empty(3, 4))
    results = [caught(call, x, 1, out=out) for out in (*kinds, torch.empty(2))]
    return results, refused, caught(call, x.t(), out=torch.empty(0))


@each(name=["tril", "triu"])
def far_diagonals(torch: Any, name: str) -> Any:
    x = tensor(torch, (2, 3, 4), 9)
    return [getattr(torch, name)(x, d) for d in (-100, -4, -3, 3, 4, 100, 2**63 - 1, -(2**63))]


def long_triangles(torch: Any) -> Any:
    x = torch.arange(400 * 500).reshape(400, 500)
    rows = x.float().triu(2)[::90, ::90], x.to(torch.int16).triu()[::90, ::90]
    return x.tril(3).sum(), x.triu(-7).sum(0)[::50], x.t().tril().sum(1)[::50], rows


@each(name=["tril_indices", "triu_indices"])
def indices(torch: Any, name: str) -> Any:
    call = getattr(torch, name)
    sizes = [(3, 4), (4, 3), (0, 4), (3, 0), (1, 1)]
    tables = [call(*size, offset) for size in sizes for offset in (-5, -1, 0, 1, 2, 100)]
    kinds = [caught(call, 2, 3, dtype=getattr(torch, kind)) for kind in ("int32", "int64", "int16", "float32", "bool")]
    bad = [caught(call, *args) for args in ((-1, 4), (4, -1), (1.0, 2), (1,), (2, 2, "a"))]
    wants = caught(call, 2, 2, requires_grad=True)
    return tables, kinds, bad, wants, call(row=2, col=2, offset=0, device="cpu")


@close()
@each(dtype=["float32", "int64", "bool", "complex64"])
def vander(torch: Any, dtype: str) -> Any:
    x = tensor(torch, (4,), 10, dtype)
    calls = [(), (3,), (0,), (1,), (-1,), (3, True), (5, False)]
    return (
        [caught(torch.vander, x, *args) for args in calls],
        caught(torch.vander, x[None]),
        torch.vander(x, N=2, increasing=True),
    )


def vander_of_nothing(torch: Any) -> Any:
    return torch.vander(torch.empty(0)), torch.vander(torch.empty(0), 3, True)


@each(dtype=["int64", "int32", "uint8", "float32", "bool"])
def unravel_index(torch: Any, dtype: str) -> Any:
    i = torch.tensor([[1, 5], [0, 11]]).to(getattr(torch, dtype))
    shapes: list[Any] = [(3, 4), 12, [2, 3, 2], torch.Size([12, 1]), (), (2, -3), (2, 2.0), None]
    return [caught(torch.unravel_index, i, shape) for shape in shapes], caught(torch.unravel_index, 3, (2, 2))


def refused(torch: Any) -> Any:
    m, v, s, b = tensor(torch, (3, 4), 1), tensor(torch, (4,), 2), torch.tensor(1.0), tensor(torch, (2, 3, 4), 3)
    calls: list[Any] = [
        *(lambda args=args: m.diagonal(*args) for args in ((0, 0, 0), (0, 0, 2), (0, 1, -1), (1.0,), (0, 1, 1, 1))),
        *(lambda args=args: v.diag_embed(*args) for args in ((0, 0, 0), (0, 0, 3), (0, -1, 1), ("a",))),
        *(
            lambda x=x, name=name: getattr(x, name)()
            for name in ("diagonal", "diag", "trace", "tril", "triu")
            for x in (v, s, b)
        ),
        *(lambda src=src: m.diagonal_scatter(src) for src in (torch.ones(2), s, torch.ones(3, 1), 1.0)),
        *(lambda args=args: m.select_scatter(v, *args) for args in ((0, 3), (0, -4), (2, 0), (0,))),
        *(
            lambda args=args: m.slice_scatter(m, *args)
            for args in ((2,), (0, 1), (0, 0, 3, 0), (0, 0, 3, -1), (0, None, None, 1))
        ),
        lambda: m.select_scatter(v[:3], 0, 1),
        lambda: s.diag_embed(),
        lambda: s.select_scatter(s, 0, 0),
        lambda: s.slice_scatter(s),
        lambda: torch.ones(2, 2, requires_grad=True).tril_(),
    ]
    return [caught(call) for call in calls]


def functions(torch: Any) -> Any:
    m, v = tensor(torch, (3, 4), 11), tensor(torch, (3,), 12)
    return [
        torch.diagonal(m, offset=1, dim1=0, dim2=1),
        torch.diag(v, diagonal=1),
        torch.diag_embed(v, dim1=1, dim2=0),
        torch.diagflat(m[:2, :2], offset=-1),
        torch.diagflat(torch.tensor(2.0)),
        torch.trace(m),
        torch.tril(m, diagonal=1),
        torch.triu(m, -1),
        torch.diagonal_scatter(m, src=v, offset=1),
        torch.select_scatter(m, v, 1, index=0),
        torch.slice_scatter(m, m[:1], end=1),
        torch.diagonal_scatter(m, v.long()),
        m[:, ::2].select_scatter(v, 1, 0).stride(),
        torch.ones(4).expand(3, 4).select_scatter(torch.zeros(4), 0, 0),
    ]
