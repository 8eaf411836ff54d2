"""masked_select, masked_scatter, masked_fill, nonzero, argwhere, nonzero_static: by masks."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor
from .picks_along import DTYPES, of_type, seconds

MASK = [[True, False, True, True], [False, False, True, False], [True, True, False, False]]


@each(dtype=DTYPES)
def of_every_type(torch: Any, dtype: str) -> Any:
    x, source, mask = of_type(torch, dtype, (3, 4), 1), of_type(torch, dtype, (2, 5), 2), torch.tensor(MASK)
    return [
        torch.masked_select(x, mask),
        x.masked_select(mask[0]),
        torch.masked_scatter(x, mask, source),
        x.masked_scatter(mask[:1], source),
        torch.masked_fill(x, mask, 1),
        x.masked_fill(mask, torch.tensor(2.0)),
        torch.nonzero(x),
        x.nonzero(as_tuple=True),
        torch.argwhere(x),
        torch.nonzero_static(x, size=5),
        x.nonzero_static(size=14, fill_value=3),
    ]


@each(op=["masked_select", "masked_scatter", "masked_fill", "nonzero"], layout=LAYOUTS)
def layouts(torch: Any, op: str, layout: str) -> Any:
    x = laid_out(torch, layout, 7, "float32", -3.0)
    f = getattr(torch, op)
    if op == "nonzero":
        return f(x > 0)
    more = {"masked_select": (), "masked_scatter": (torch.arange(float(x.numel())),)}.get(op, (9.0,))
    return [
        caught(f, x, mask, *more) for mask in (x > 0, (x > 0).contiguous(), torch.tensor(True), torch.tensor([False]))
    ]


def corners(torch: Any) -> Any:
    one, yes, no = torch.tensor(2.5), torch.tensor(True), torch.tensor(False)
    x, mask = torch.arange(12.0).reshape(3, 4), torch.tensor(MASK)
    tall = torch.tensor([[True], [False], [True]])
    return [
        torch.masked_select(one, yes),
        torch.masked_select(one, no),
        torch.masked_select(x[0], tall),
        torch.masked_select(x[:0], mask[:0]),
        torch.masked_scatter(one, yes, one + 1),
        torch.masked_scatter(x[0], tall, x),
        torch.masked_scatter(x[:0], mask[:0], x),
        torch.masked_fill(one, yes, 1),
        torch.masked_fill(x[0], tall, 1),
        torch.masked_fill(x.t(), mask.t(), 1),
        torch.masked_fill(x.long(), mask, 1.5),
        torch.masked_fill(x.long(), mask, torch.tensor(1.5)),
        torch.masked_fill(x, mask, torch.tensor(1.5, dtype=torch.float64)),
        torch.masked_fill(mask, mask, 2),
        torch.nonzero(one),
        torch.nonzero(no),
        torch.nonzero(one, as_tuple=True),
        torch.nonzero(x[:0]),
        torch.nonzero(mask[:, None]),
        torch.nonzero(torch.tensor([[[1.0], [float("nan")]], [[0.0], [-0.0]]])),
        torch.argwhere(one),
        torch.nonzero_static(one, size=2),
        torch.nonzero(input=x, as_tuple=False),
        torch.where(mask),
        torch.where(yes),
        torch.nonzero_static(x, size=0),
        torch.nonzero(torch.ones(2, 300) * (torch.arange(600).reshape(2, 300) % 7)),
    ]


def refusals(torch: Any) -> Any:
    x, mask = torch.arange(12.0).reshape(3, 4), torch.tensor(MASK)
    leaf, y = x.clone().requires_grad_(True), x.clone()
    s = torch.arange(20.0)
    out = []
    for wrong in (mask.byte(), mask.long(), mask[:, :3]):
        out += [caught(torch.masked_select, x, wrong), caught(torch.masked_scatter, x, wrong, s)]
        out += [
            caught(torch.masked_fill, x, wrong, 1),
            caught(y.masked_fill_, wrong, 1),
            caught(y.masked_scatter_, wrong, s),
        ]
    out += [
        caught(torch.masked_scatter, x, mask, s[:3]),
        caught(x.clone().masked_scatter_, mask, s[:3]),
        caught(torch.masked_scatter, x, mask, s.double()),
    ]
    out += [
        caught(torch.masked_fill, x, mask, x[0]),
        caught(torch.masked_fill, x, mask, 1j),
        caught(torch.masked_fill, x.byte(), mask, 300),
    ]
    out += [
        caught(torch.masked_fill, x, mask, "a"),
        caught(torch.masked_fill, x, mask),
        caught(leaf.masked_fill_, mask, 1),
    ]
    out += [
        caught(leaf.masked_scatter_, mask, s),
        caught(x[0].masked_fill_, mask, 1),
        caught(x[0].masked_scatter_, mask[:, :1], s),
    ]
    out += [caught(torch.zeros(1).expand(3).masked_scatter_, mask[0, :3], s), caught(torch.nonzero_static, x, size=-1)]
    out += [caught(torch.nonzero, 5), caught(torch.masked_fill, x, mask, torch.tensor(1j)), y]
    flags = torch.ones(6, dtype=torch.bool)
    out += [caught(flags[:5].masked_fill_, flags[1:], False), caught(flags.masked_fill_, flags, False)]
    return out


def given_a_result(torch: Any) -> Any:
    x, mask = torch.arange(12.0).reshape(3, 4), torch.tensor(MASK)
    out = []
    for make in (lambda: torch.empty(0), lambda: torch.empty(0, dtype=torch.int64), lambda: torch.empty(14)[::2]):
        out.append(caught(lambda make=make: torch.masked_select(x, mask, out=make())))
        out.append(caught(lambda make=make: torch.nonzero(x, out=make())))
        out.append(caught(lambda make=make: torch.nonzero_static(x, size=3, out=make())))
    out.append(torch.nonzero(x, out=torch.empty(11, 2, dtype=torch.int64)))
    return out


def in_place(torch: Any) -> Any:
    mask, out = torch.tensor(MASK), []
    for write in (
        lambda x: x.masked_fill_(mask, 7),
        lambda x: x.masked_fill_(mask[0], torch.tensor(7.0)),
        lambda x: x.masked_scatter_(mask, torch.arange(20.0)),
        lambda x: x.t().masked_scatter_(mask.t(), torch.arange(20.0)),
    ):
        x = torch.arange(12.0).reshape(3, 4)
        out.append((write(x), x, x._version))
    base = torch.ones(3, 4, requires_grad=True)
    x = base * 2
    x.masked_fill_(mask, base[0, 0])
    x[0].masked_scatter_(mask[1], base[1])
    return (
        out,
        graph(x),
        torch.autograd.grad((x * x).sum(), base),
        torch.zeros(1).expand(3).masked_fill_(mask[0, :3], 5),
    )


@close(rtol=1e-9)
@each(op=["masked_select", "spread_select", "masked_scatter", "masked_fill"])
def gradients(torch: Any, op: str) -> Any:
    x = tensor(torch, (3, 4), 5, "float64", -2.0, 2.0).requires_grad_(True)
    src = tensor(torch, (2, 5), 6, "float64", -2.0, 2.0).requires_grad_(True)
    mask = torch.tensor(MASK)
    y, other = {
        "masked_select": lambda: (torch.masked_select(x, mask), []),
        "spread_select": lambda: (torch.masked_select(x, torch.stack([mask, ~mask | mask])), []),
        "masked_scatter": lambda: (torch.masked_scatter(x, mask, src), [src]),
        "masked_fill": lambda: (torch.masked_fill(x, mask, 1.5), []),
    }[op]()
    return seconds(torch, y, [x, *other])


@close(rtol=1e-9)
def gradient_of_a_value(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 5, "float64", -2.0, 2.0).requires_grad_(True)
    value = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    y = torch.masked_fill(x, torch.tensor(MASK), value)
    return graph(y), torch.autograd.grad((y * y).sum(), [x, value])


@close(rtol=1e-9)
@each(op=["masked_select", "masked_scatter", "masked_fill"])
def tangents(torch: Any, op: str) -> Any:
    x, v, mask = tensor(torch, (3, 4), 13, "float64"), tensor(torch, (3, 4), 14, "float64"), torch.tensor(MASK)
    f = {
        "masked_select": lambda x: torch.masked_select(x, mask),
        "masked_scatter": lambda x: torch.masked_scatter(x, mask, x * 2),
        "masked_fill": lambda x: torch.masked_fill(x, mask, x[0, 0] * 2),
    }[op]
    return torch.func.jvp(f, (x,), (v,))


@each(dtype=["float32", "int64"], wants=[False, True])
def filled_with_an_element_of_its_own(torch: Any, dtype: str, wants: bool) -> Any:
    leaf = torch.tensor([1, 2, 3, 4]).to(getattr(torch, dtype))
    if wants and dtype == "float32":
        leaf.requires_grad_()
    m = leaf * 1
    m.masked_fill_(torch.tensor([False, True, False, True]), m[0])
    m.masked_fill_(torch.tensor([True, False, True, False]), m[3:].sum())
    if m.requires_grad:
        m.sum().backward()
    return m, leaf.grad
