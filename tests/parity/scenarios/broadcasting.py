"""Shapes that differ: what broadcasts, what does not, zero sizes, and gradients summed back to the operand's shape."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import tensor

PAIRS = [
    ((3, 1), (4,)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((1,), (3,)),
    ((2, 1, 3), (4, 1)),
    ((1, 1), (1,)),
    ((4, 0), (4, 1)),
    ((0,), (1,)),
    ((0,), ()),
    ((2, 0, 3), (1, 1, 3)),
    ((5, 1, 1, 1, 2), (1, 3, 2)),
    ((2, 3, 4), (2, 3, 4)),
]
MISFITS = [((2,), (3,)), ((2, 3), (2,)), ((2, 3), (3, 2)), ((0,), (2,)), ((2, 0), (2,)), ((1, 2, 3), (3, 1, 2))]


@each(op=["add", "sub", "mul", "div", "eq", "lt"], shapes=PAIRS)
def fits(torch: Any, op: str, shapes: tuple[tuple[int, ...], ...]) -> Any:
    return getattr(torch, op)(tensor(torch, shapes[0], 1), tensor(torch, shapes[1], 2, low=0.5))


@each(op=["add", "mul", "pow", "eq", "where"], shapes=MISFITS)
def does_not_fit(torch: Any, op: str, shapes: tuple[tuple[int, ...], ...]) -> Any:
    a, b = torch.ones(shapes[0]), torch.ones(shapes[1])
    return torch.where(a > 0, a, b) if op == "where" else getattr(torch, op)(a, b)


@close()
@each(op=["add", "sub", "mul", "div", "pow"], shapes=PAIRS)
def gradients(torch: Any, op: str, shapes: tuple[tuple[int, ...], ...]) -> Any:
    a = tensor(torch, shapes[0], 3, low=0.5).requires_grad_()
    b = tensor(torch, shapes[1], 4, low=0.5).requires_grad_()
    y = getattr(torch, op)(a, b)
    y.backward(tensor(torch, tuple(y.shape), 5))
    return y, a.grad, b.grad


@each(op=["add", "mul"], shapes=PAIRS)
def one_side_requires(torch: Any, op: str, shapes: tuple[tuple[int, ...], ...]) -> Any:
    a, b = tensor(torch, shapes[0], 6, "int64").double().requires_grad_(), tensor(torch, shapes[1], 7, "int64")
    y = getattr(torch, op)(a, b)
    y.sum().backward()
    return y, a.grad


@each(op=["add_", "sub_", "mul_", "div_", "copy_"], shapes=PAIRS)
def in_place(torch: Any, op: str, shapes: tuple[tuple[int, ...], ...]) -> Any:
    a, b = tensor(torch, shapes[0], 8), tensor(torch, shapes[1], 9, low=0.5)
    return caught(getattr(a, op), b), a


@each(op=["add_", "copy_", "mul_"], shapes=MISFITS)
def in_place_misfits(torch: Any, op: str, shapes: tuple[tuple[int, ...], ...]) -> Any:
    a, b = torch.ones(shapes[0]), torch.ones(shapes[1])
    return getattr(a, op)(b)


@each(op=["add_", "mul_", "fill_", "zero_", "copy_"])
def in_place_on_expanded(torch: Any, op: str) -> Any:
    x = torch.ones(3, 1).expand(3, 4)
    arguments = {"zero_": [], "fill_": [1.0], "copy_": [torch.ones(3, 4)]}.get(op, [1.0])
    return caught(getattr(x, op), *arguments), x


def in_place_on_overlapping_views(torch: Any) -> Any:
    x = torch.arange(6.0)
    return [
        caught(lambda: x[1:].add_(x[:-1])),
        x,
        caught(lambda: x[:].add_(x)),
        caught(lambda: x.view(2, 3).add_(x.view(2, 3))),
        caught(lambda: x.view(3, 2).add_(x[:1])),
        caught(lambda: x.add_(x[0])),
    ]


@each(shapes=[((3, 1), (4,), (2, 1, 1)), ((), (0,), (1,))])
def three_operands(torch: Any, shapes: tuple[tuple[int, ...], ...]) -> Any:
    a, b, c = (tensor(torch, shape, seed).requires_grad_() for seed, shape in enumerate(shapes))
    y = torch.where(a > 0, b, c) + a
    y.sum().backward()
    return y, a.grad, b.grad, c.grad


def empty_tensors(torch: Any) -> Any:
    x = torch.zeros(0, 3, requires_grad=True)
    y = (x * 2).exp()
    total = y.sum()
    total.backward()
    return y, total, x.grad, x.sum(0), x.sum(1), torch.matmul(x, torch.ones(3, 2)), x.t(), x.reshape(3, 0)


@close()
@each(exponents=[(2, 1), (1, 3), (2, 3)])
def scalar_operand_gradients(torch: Any, exponents: tuple[int, int]) -> Any:
    s = torch.tensor(1.5, requires_grad=True)
    x = tensor(torch, exponents, 11).requires_grad_()
    (s * x - x / s + s).sum().backward()
    return s.grad, x.grad


LAYOUTS = {
    "usual": lambda t, s: t.ones(s),
    "turned": lambda t, s: t.ones(s[::-1]).permute(*range(len(s) - 1, -1, -1)),
    "stepped": lambda t, s: t.ones(*s[:-1], s[-1] * 2)[..., ::2],
}


@each(layout=list(LAYOUTS), shape=[(3, 1), (1, 3), (2, 3), (1, 3, 1), (3, 1, 2)])
def strides_of_results(torch: Any, layout: str, shape: tuple[int, ...]) -> Any:
    a, b, one = LAYOUTS[layout](torch, shape), torch.ones(shape), torch.tensor(1.0)
    holds = a > 0
    of_one = [a.exp(), a**2, a**0.5, -a, torch.add(a, a, alpha=2), torch.where(holds, a, a)]
    with_numbers = [a + 1, 2 - a, a / 2, a > 0, torch.add(a, 3, alpha=2), torch.mul(a, 2, out=torch.empty(0))]
    with_numbers += [torch.where(holds, a, 2.0), torch.where(holds, 2.0, b), torch.where(b > 0, 2.0, a)]
    spread = [a + one, a * torch.ones(1), torch.maximum(one, a), torch.where(holds, one, 2.0), torch.where(holds, a, b)]
    return [[t.stride() for t in results] for results in (of_one, with_numbers, spread)]
