"""softmax, log_softmax, logsumexp, what torch.nn.functional makes of them, one_hot: values, gradients, refusals."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

SOFT = ["softmax", "log_softmax"]
INFINITY, NAN = math.inf, math.nan


@close(rtol=2e-6)
@each(op=SOFT, dim=[0, 1, 2, -1, -3], dtype=["float32", "float64"])
def along_every_dim(torch: Any, op: str, dim: int, dtype: str) -> Any:
    x, f = tensor(torch, (3, 4, 5), 1, dtype), getattr(torch, op)
    return f(x, dim), getattr(x, op)(dim), f(x.permute(2, 0, 1), dim), f(x[:, ::2], dim=dim), f(input=x, axis=dim)


@close(rtol=4e-6)
@each(op=[*SOFT, "logsumexp"], n=[1, 2, 10, 16, 17, 64, 65, 300, 5000], dtype=["float32", "float64"])
def of_every_length(torch: Any, op: str, n: int, dtype: str) -> Any:
    x, f = tensor(torch, (2, n), 2, dtype), getattr(torch, op)
    return f(x, 1), f(x.t(), 0), f(x[0] * 30, 0), f(x.t().reshape(1, n, 2), 1)


@close(rtol=2e-2)
@each(op=[*SOFT, "logsumexp"], dtype=["float16", "bfloat16", "int64", "uint8", "bool", "complex64"])
def of_every_type(torch: Any, op: str, dtype: str) -> Any:
    x, f = tensor(torch, (3, 4), 3, "float32").to(getattr(torch, dtype)), getattr(torch, op)
    if dtype == "bfloat16":
        return f(x, 0).float(), f(x, 1).float(), f(x, 0).dtype == x.dtype
    return caught(f, x, 0), caught(f, x, 1)


@close(rtol=2e-6)
@each(op=[*SOFT, "logsumexp"], layout=LAYOUTS)
def layouts(torch: Any, op: str, layout: str) -> Any:
    x, f = laid_out(torch, layout, 4), getattr(torch, op)
    return f(x, 0), f(x, -1)


@close(rtol=1e-2)
@each(op=SOFT, dtype=["float64", "float32", "float16", "int64"])
def given_a_dtype(torch: Any, op: str, dtype: str) -> Any:
    x, f, kind = tensor(torch, (3, 4), 5), getattr(torch, op), getattr(torch, dtype)
    whole = torch.arange(6).reshape(2, 3)
    return [
        caught(f, x, 0, kind), caught(lambda: f(x, 1, dtype=kind)), caught(f, whole, 1, kind),
        caught(lambda: getattr(x, op)(0, kind)), caught(lambda: f(x, 0, out=torch.empty(0, dtype=kind))),
        caught(lambda: f(x, 0, kind, out=torch.empty(0))),
    ]  # fmt: skip


@close(rtol=2e-6)
@each(op=[*SOFT, "logsumexp"])
def at_infinity(torch: Any, op: str) -> Any:
    f = getattr(torch, op)
    rows = [[INFINITY, 1.0], [-INFINITY, -INFINITY], [-INFINITY, 1.0], [NAN, 1.0], [INFINITY, -INFINITY], [1e30, -1e30]]
    return f(torch.tensor(rows), 1), f(torch.tensor(rows).t(), 0), [f(torch.tensor(row), 0) for row in rows]


@each(op=[*SOFT, "logsumexp"], shape=[(), (0,), (0, 3), (3, 0)])
def empty(torch: Any, op: str, shape: tuple[int, ...]) -> Any:
    x, f = torch.zeros(shape), getattr(torch, op)
    return caught(f, x, 0), caught(f, x, -1), caught(f, x, 1)


@each(op=[*SOFT, "logsumexp"])
def refused(torch: Any, op: str) -> Any:
    f, x = getattr(torch, op), torch.ones(2, 3)
    calls = [
        lambda: f(), lambda: f(x), lambda: f(3, 0), lambda: f(x, 2), lambda: f(x, "a"), lambda: f(x, None),
        lambda: f(x, 0.5), lambda: f(x, 0, colour=1), lambda: getattr(x, op)(), lambda: f(x, -3),
    ]  # fmt: skip
    return [caught(call) for call in calls]


@close(rtol=2e-6)
@each(dim=[0, 1, (0, 1), (-1,), (0, 0), [1]], keepdim=[False, True])
def sums_over_dims(torch: Any, dim: Any, keepdim: bool) -> Any:
    x = tensor(torch, (3, 4), 6)
    return caught(torch.logsumexp, x, dim, keepdim), caught(lambda: x.logsumexp(dim=dim, keepdim=keepdim))


@close(rtol=2e-6)
@each(out=["float32", "float64", "int64", "float16"])
def sums_given_a_result(torch: Any, out: str) -> Any:
    made = torch.empty(0, dtype=getattr(torch, out))
    return [
        caught(lambda x=x: torch.logsumexp(x, 1, out=made))
        for x in (tensor(torch, (2, 3), 7), torch.arange(6).view(2, 3))
    ]


@close(rtol=1e-9)
@each(op=[*SOFT, "logsumexp"], dim=[0, 1, -1])
def gradients(torch: Any, op: str, dim: int) -> Any:
    x = tensor(torch, (3, 4), 8, "float64").requires_grad_(True)
    y = getattr(torch, op)(x, dim)
    (first,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * x * x).sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)
    saved = sorted(n for n in dir(y.grad_fn) if n.startswith("_saved"))
    return graph(y), graph(first), saved, y.detach(), first.detach(), second.detach(), third


@close(rtol=4e-2)
@each(op=SOFT, dtype=["float32", "float16", "bfloat16"])
def gradients_of_types(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (3, 4), 9).to(getattr(torch, dtype)).requires_grad_(True)
    converted = getattr(torch, op)(x, 1, torch.float64)
    weights = tensor(torch, (3, 4), 10)
    (first,) = torch.autograd.grad((getattr(torch, op)(x, 0).float() * weights).sum(), x)
    return graph(converted), first.float(), first.dtype == x.dtype


@close(rtol=1e-5)
def gradients_of_other_sums(torch: Any) -> Any:
    z = tensor(torch, (2, 3), 11, "complex64").requires_grad_(True)
    x = torch.tensor([[-INFINITY, -INFINITY], [1.0, -INFINITY]], requires_grad=True)
    s = torch.tensor(2.0, requires_grad=True)
    return [
        torch.autograd.grad(z.logsumexp(1).abs().sum(), z), torch.autograd.grad(x.logsumexp(1).sum(), x),
        torch.autograd.grad(s.logsumexp(0), s), torch.autograd.grad(s.softmax(0), s),
        torch.autograd.grad(s.log_softmax(-1), s),
    ]  # fmt: skip


@close(rtol=1e-9)
@each(op=[*SOFT, "logsumexp"])
def tangents(torch: Any, op: str) -> Any:
    x, v = tensor(torch, (3, 4), 12, "float64"), tensor(torch, (3, 4), 13, "float64")
    return torch.func.jvp(lambda x: getattr(torch, op)(x, 1), (x,), (v,))


@close(rtol=2e-6)
@each(op=["softmax", "log_softmax", "softmin"], ndim=[0, 1, 2, 3, 4])
def without_a_dim(torch: Any, op: str, ndim: int) -> Any:
    """The dimension that torch takes where none is named, with its warning."""
    f = getattr(torch.nn.functional, op)
    x = tensor(torch, (2, 3, 2, 2)[:ndim], 14)
    return f(x), f(x, dim=-1), f(x, -1, 3, torch.float64), f(x, dim=-1, dtype=torch.float64)


@close(rtol=2e-6)
@each(op=["relu", "sigmoid", "tanh"])
def activations(torch: Any, op: str) -> Any:
    f, x = getattr(torch.nn.functional, op), tensor(torch, (2, 3), 15).requires_grad_(True)
    return f(x).detach(), graph(f(x)), f(input=x).detach(), f.__name__


def rectified_in_place(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 16)
    y = torch.nn.functional.relu(x, inplace=True)
    leaf = torch.ones(2, requires_grad=True)
    return y is x, x, caught(lambda: torch.nn.functional.relu(leaf, True)), caught(torch.nn.functional.relu, 3)


@each(classes=[None, -1, 0, 2, 3, 7, -5])
def one_hot(torch: Any, classes: int | None) -> Any:
    f = torch.nn.functional.one_hot
    given = () if classes is None else (classes,)
    whole = torch.tensor
    places = [
        whole([0, 2, 1]), whole([[0, 1], [2, 0]]), whole(2), whole([0, -1]), torch.zeros(0, dtype=torch.int64),
        torch.zeros((2, 0), dtype=torch.int64), whole([0.0]), whole([1], dtype=torch.int32),
        whole([[0, 1], [2, 0]]).t(),
    ]  # fmt: skip
    return [caught(f, x, *given) for x in places], caught(lambda: f(3)), caught(lambda: f(places[0], num_classes=4))
