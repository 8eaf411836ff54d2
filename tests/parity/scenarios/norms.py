"""Distances and torch.linalg's norms: orders, dimensions, types, gradients, refusals."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import tensor

INFINITY = float("inf")
ORDERS = [None, 1, 2, 3, 0, 0.5, -1, INFINITY, -INFINITY]
MATRIX = [None, "fro", 1, -1, INFINITY, -INFINITY, 3, "abc"]


@close(rtol=2e-6)
@each(p=[2, 1, 0, 3, 0.5, INFINITY, -INFINITY, -1], dtype=["float32", "float64", "complex64"])
def distances(torch: Any, p: float, dtype: str) -> Any:
    a, b = tensor(torch, (3, 4), 1, dtype), tensor(torch, (4,), 2, dtype)
    return torch.dist(a, b, p), a.dist(b, p), torch.dist(a, other=b, p=p), torch.dist(b, a[0])


def refused_distances(torch: Any) -> Any:
    x = torch.ones(2, 3)
    calls = [
        lambda: torch.dist(x, torch.ones(4)), lambda: torch.dist(x, 3), lambda: torch.dist(x),
        lambda: torch.dist(x, x, 1j),
        lambda: torch.dist(x.long(), x.long()), lambda: torch.dist(x.bool(), x.bool()), lambda: torch.dist(x, x, out=x),
        lambda: torch.dist(x, x.double()), lambda: torch.dist(x.half(), x), lambda: torch.dist(x, x, "fro"),
    ]  # fmt: skip
    return [caught(call) for call in calls]


@close(rtol=1e-9)
@each(p=[2, 1, 3, 0.5, INFINITY, -INFINITY])
def gradients_of_distances(torch: Any, p: float) -> Any:
    a = tensor(torch, (2, 3), 3, "float64").requires_grad_(True)
    b = tensor(torch, (3,), 4, "float64").requires_grad_(True)
    y = torch.dist(a, b, p)
    firsts = torch.autograd.grad(y * y, [a, b], create_graph=True)
    saved = sorted(n for n in dir(y.grad_fn) if n.startswith("_saved"))
    alike = torch.autograd.grad(torch.dist(a, a.detach(), p), a)
    return graph(y), saved, y.grad_fn._saved_p, y.detach(), [g.detach() for g in firsts], alike


@close(rtol=2e-6)
@each(order=ORDERS, dim=[None, 0, (1,), (0, 1), (0, 0)], keepdim=[False, True])
def vectors(torch: Any, order: Any, dim: Any, keepdim: bool) -> Any:
    x, f = tensor(torch, (3, 4), 5), torch.linalg.vector_norm
    named = {} if order is None else {"ord": order}
    return caught(lambda: f(x, dim=dim, keepdim=keepdim, **named)), caught(lambda: f(x, **named, dtype=torch.float64))


@close(rtol=2e-6)
@each(order=MATRIX, dim=[None, (0, 1), (-1, 0), (1, 1), (0,), (0, 3)], keepdim=[False, True])
def matrices(torch: Any, order: Any, dim: Any, keepdim: bool) -> Any:
    x = tensor(torch, (3, 4, 2), 6)
    arguments = {} if order is None else {"ord": order}
    if dim is not None:
        arguments["dim"] = dim
    return caught(lambda: torch.linalg.matrix_norm(x, keepdim=keepdim, **arguments))


@close(rtol=2e-6)
@each(order=[*MATRIX, 0.5], dim=[None, 0, (0, 1), (1, 0), (0, 1, 2)], shape=[(3,), (3, 4), (2, 3, 2), ()])
def norms(torch: Any, order: Any, dim: Any, shape: tuple[int, ...]) -> Any:
    x, f = tensor(torch, shape, 7), torch.linalg.norm
    return caught(lambda: f(x, order, dim)), caught(lambda: f(x, ord=order, dim=dim, keepdim=True, dtype=torch.float64))


@close(rtol=1e-9)
@each(order=[None, "fro", 1, -1, INFINITY])
def gradients_of_matrices(torch: Any, order: Any) -> Any:
    x = tensor(torch, (3, 4), 8, "float64").requires_grad_(True)
    y = torch.linalg.norm(x, order)
    return graph(y), y.detach(), torch.autograd.grad(y * y, x)


@close(rtol=2e-6)
@each(name=["norm", "vector_norm", "matrix_norm"], dtype=["int64", "bool", "float16", "complex64"])
def types_and_results(torch: Any, name: str, dtype: str) -> Any:
    f, x = getattr(torch.linalg, name), tensor(torch, (3, 4), 9).to(getattr(torch, dtype))
    made = torch.empty(0)
    return caught(f, x), caught(lambda: f(x, out=made)), f.__name__


@close(rtol=5e-7, atol=0)
@each(dtype=["complex64", "complex128"], n=[1, 2, 40])
def sizes_of_extremes(torch: Any, dtype: str, n: int) -> Any:
    kind = getattr(torch, dtype)
    large, small = (1e30, 1e-30) if dtype == "complex64" else (1e200, 1e-200)
    parts = [large, small, 3 * small, 0.0, -0.0, 3.0, INFINITY, -INFINITY, float("nan"), 4 * large]
    pairs = torch.tensor([[a, b] for a in parts for b in parts], dtype=kind.to_real())
    z = torch.view_as_complex(pairs)
    each_way = z.repeat(n), z.repeat(2 * n)[::2], z.reshape(10, 10).t()
    leaf = z[:5].clone().requires_grad_()
    leaf.abs().sum().backward()
    return (
        [t.abs() for t in each_way],
        [z[k].abs() for k in (0, 1, 11, 68)],
        leaf.grad,
        torch.linalg.norm(z[:1]),
        leaf.abs().dtype,
    )


@close(rtol=1e-6, atol=0)
@each(order=[2, 3, 0.5, -1, 1, INFINITY, 0], dtype=["float32", "complex64"])
def norms_of_one(torch: Any, order: Any, dtype: str) -> Any:
    x = torch.tensor([[1e30, -3e-30, 0, 2]]).to(getattr(torch, dtype))
    x = x * (1 + 1j) if x.is_complex() else x
    leaf = torch.tensor([[2.0, -3.0]], requires_grad=True)
    norm = torch.linalg.vector_norm
    norm(leaf, order, dim=0).sum().backward()
    return (
        norm(x, order, dim=0),
        norm(x, order, dim=0, keepdim=True),
        norm(x[0, 0], order),
        torch.norm(x[0, :1], order),
        leaf.grad,
    )


@each(
    order=[1, -1, float("inf"), -float("inf")],
    shape=[(3, 0), (0, 3), (0, 0), (2, 3, 0), (0, 2, 2)],
    keepdim=[False, True],
)
def of_matrices_without_elements(torch: Any, order: float, shape: tuple[int, ...], keepdim: bool) -> Any:
    x = torch.zeros(shape, requires_grad=True)
    return caught(torch.linalg.matrix_norm, x, order, keepdim=keepdim), caught(
        torch.linalg.norm, x, order, (-2, -1), keepdim
    )
