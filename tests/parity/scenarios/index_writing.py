"""Writing x[...] = y: values, broadcasting, gradients through the write, versions and refusals."""

from typing import Any

from ..catalogue import each
from ..harness import caught, graph
from ..indices import ADVANCED, BASIC, REFUSED, index_of, listed
from ..inputs import tensor


@each(index=listed(BASIC) + listed(ADVANCED))
def number_written(torch: Any, index: str) -> Any:
    x = torch.arange(24).view(2, 3, 4).clone()
    x[index_of(torch, index)] = -7
    return x, x._version


@each(index=listed(BASIC) + listed(ADVANCED))
def tensor_written(torch: Any, index: str) -> Any:
    x = torch.arange(24.0).view(2, 3, 4).clone()
    shape = x[index_of(torch, index)].shape
    source = torch.arange(100.0, 100.0 + x[index_of(torch, index)].numel()).view(shape)
    if index != "(tensor([0,0,1,1,0]),)":
        x[index_of(torch, index)] = source
    return x


@each(index=listed(REFUSED))
def refused(torch: Any, index: str) -> Any:
    x = torch.arange(24.0).view(2, 3, 4)
    before = x.clone()
    error = caught(x.__setitem__, index_of(torch, index), 1.0)
    return error, bool((x == before).sum() == 24), x._version


@each(index=["0", "slice(None)", "(...,0)", "[0,1]", "tensor([1,0])", "tensor([True,False])", "(0,[0,1])"])
def sources_refused(torch: Any, index: str) -> Any:
    x = torch.zeros(2, 3, 4)
    at = index_of(torch, index)
    return [
        caught(x.__setitem__, at, torch.ones(5)),
        caught(x.__setitem__, at, torch.ones(2, 2, 3, 4)),
        caught(x.__setitem__, at, "a"),
        caught(x.__setitem__, at, None),
        caught(x.__setitem__, at, [1.0, 2.0]),
        caught(x.__setitem__, at, 1j),
        caught(x.__setitem__, at, torch.tensor(1j)),
        caught(x.__setitem__, at, torch.ones(1, 1, 1, 1)),
    ]


@each(index=listed(BASIC)[:32] + listed(ADVANCED)[:36])
def gradients(torch: Any, index: str) -> Any:
    x = torch.arange(24.0).view(2, 3, 4).clone().requires_grad_()
    y = x * 2
    at = index_of(torch, index)
    value = torch.tensor(5.0, requires_grad=True)
    y[at] = value
    (y * torch.arange(24.0).view(2, 3, 4)).sum().backward()
    return y, x.grad, value.grad


@each(
    index=[
        "0",
        "slice(1,None)",
        "(...,0)",
        "(0,1)",
        "(slice(None),slice(None,None,2))",
        "[0,1]",
        "tensor([True,False])",
    ]
)
def gradients_of_the_source(torch: Any, index: str) -> Any:
    x = tensor(torch, (2, 3, 4), 1)
    at = index_of(torch, index)
    source = tensor(torch, tuple(x[at].shape), 2).requires_grad_()
    y = x.clone()
    y[at] = source
    (y * x).sum().backward()
    return y, graph(y), source.grad


def chained_writes(torch: Any) -> Any:
    x = torch.zeros(3, 3)
    x[0] = torch.arange(3.0)
    x[1:, 1] = 5
    x[:, 0] += 1
    x[[0, 2], [1, 2]] -= 2.5
    x[x > 4] *= 10
    x[..., -1] /= 2
    return x, x._version


@each(op=["+=", "-=", "*=", "/=", "**="])
def augmented(torch: Any, op: str) -> Any:
    names = {"x": torch.arange(1.0, 7.0).view(2, 3), "w": torch.tensor(2.0, requires_grad=True)}
    exec(f"x[0] {op} w\nx[:, 1] {op} 2", {}, names)
    names["x"].sum().backward()
    return names["x"], names["w"].grad, graph(names["x"])


def write_through_a_view(torch: Any) -> Any:
    x = torch.zeros(4)
    y = x[1:]
    y[0] = 1.0
    y[1:] = torch.tensor([2.0, 3.0])
    return x, y, x._version, y._version


def write_of_overlapping_source(torch: Any) -> Any:
    x = torch.arange(6.0)
    x[:3] = x[3:]
    y = torch.arange(6.0)
    return x, caught(lambda: y.__setitem__(slice(1, None), y[:-1])), y, y.__setitem__(slice(None), y), y


def write_to_leaf(torch: Any) -> Any:
    x = torch.zeros(3, requires_grad=True)
    said = [caught(x.__setitem__, 0, 1.0), caught(x.__setitem__, [0], 1.0), caught(x.__setitem__, x > 0, 1.0)]
    with torch.no_grad():
        x[0] = 5.0
    return said, x, x._version


def write_makes_a_non_leaf(torch: Any) -> Any:
    x, w = torch.zeros(3), torch.tensor(2.0, requires_grad=True)
    x[1] = w
    y = torch.zeros(3)
    y[[0, 2]] = w
    z = torch.zeros(3)
    z[torch.tensor([True, False, True])] = w * 2
    return x, graph(x), y, graph(y), z, graph(z)


def write_to_a_number(torch: Any) -> Any:
    x = torch.tensor(1.0)
    x[()] = 2.0
    x[...] = 3.0
    return x, caught(x.__setitem__, 0, 1.0), x._version


def write_between_layouts(torch: Any) -> Any:
    x = torch.zeros(3, 4)
    x.t()[1:3] = tensor(torch, (2, 3), 3)
    x[::2, ::3] = tensor(torch, (2, 2), 4).t()
    y = torch.zeros(1).expand(3)
    return x, caught(y.__setitem__, 0, 1.0), caught(y.__setitem__, slice(None), 2.0), y


@each(dtype=["float32", "int64", "bool", "float16", "complex64"])
def write_casts(torch: Any, dtype: str) -> Any:
    x = torch.zeros(4, dtype=getattr(torch, dtype))
    x[0] = 1.7
    x[1] = True
    x[2:] = torch.tensor([2.9, -1.0], dtype=torch.float64)
    y = caught(x.__setitem__, [0], torch.tensor([3.5]))
    return x, y


def repeated_indices_take_one_of_the_sources(torch: Any) -> Any:
    x = torch.zeros(3)
    x[[1, 1, 1]] = 4.0
    return x


def deleting_is_refused(torch: Any) -> Any:
    return caught(torch.ones(3).__delitem__, 0)


@each(mask=[("bool", 0), ("bool", 1), ("uint8", 0), ("uint8", 1)])
def put_by_a_mask_without_dimensions(torch: Any, mask: tuple[str, int]) -> Any:
    m, one = torch.tensor(mask[1], dtype=getattr(torch, mask[0])), torch.tensor(1.0)
    at = torch.tensor([0, 1])
    x = torch.zeros(3, requires_grad=True)
    return [
        caught(torch.zeros(3).index_put_, (m,), one),
        caught(torch.zeros(2, 0, 3).index_put_, (m,), one),
        caught(torch.zeros(2, 3).index_put, (m,), torch.tensor([[[2]]])),
        caught(x.index_put, (m,), one),
        caught((x * 2).index_put_, (m,), one),
        caught(torch.zeros(()).index_put, (m,), one),
        caught(torch.zeros(3).index_put, (m,), torch.ones(2)),
        caught(torch.zeros(2, 3).index_put, (m, at), one),
        caught(torch.zeros(2, 3).index_put, (at, m), one),
        caught(torch.zeros(2, 3).index_put, (at, m, at), one),
    ]


@each(shape=[(1,), (1, 1), (1, 1, 1), (1, 2), (2, 1)], accumulate=[False, True])
def put_of_one_element(torch: Any, shape: tuple[int, ...], accumulate: bool) -> Any:
    mask, v = torch.tensor([True, False, True, False]), torch.full(shape, 0.5)
    x, w = torch.zeros(4, requires_grad=True), v.clone().requires_grad_()
    put = caught(x.index_put, (mask,), w, accumulate)
    return [
        caught(torch.zeros(4).index_put, (mask,), v, accumulate),
        caught(torch.zeros(4).index_put_, (mask,), v, accumulate),
        caught(torch.zeros(4).index_put_, (mask,), v.int(), accumulate),
        caught(torch.zeros(4).index_put_, (mask.to(torch.uint8),), v, accumulate),
        caught(torch.zeros(4).index_put, (torch.tensor([0, 2]),), v, accumulate),
        put,
        caught(lambda: (put * put).sum().backward()),
        x.grad,
        w.grad,
    ]


@each(shape=[(), (1,), (1, 1)], mask=["True", "False", "[True,False,True,False]"])
def tangents_of_one_element(torch: Any, shape: tuple[int, ...], mask: str) -> Any:
    m, v = torch.tensor(index_of(torch, mask)), torch.full(shape, 0.5)
    return torch.func.jvp(lambda x, v: x.index_put((m,), v), (torch.zeros(4), v), (torch.ones(4), v * 6))
