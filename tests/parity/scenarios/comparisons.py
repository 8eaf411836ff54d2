"""eq, ne, lt, le, gt, ge and where."""

from typing import Any

from ..catalogue import each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor
from .pointwise import POINTS

OPS = ["eq", "ne", "lt", "le", "gt", "ge"]


@each(op=OPS, dtype=["float32", "float64", "int64", "bool", "float16"], layout=LAYOUTS)
def compared(torch: Any, op: str, dtype: str, layout: str) -> Any:
    a, b = laid_out(torch, layout, 1, dtype), laid_out(torch, layout, 2, dtype)
    return getattr(torch, op)(a, b), getattr(a, op)(a), getattr(torch, op)(a, 1)


@each(op=OPS)
def compared_at_points(torch: Any, op: str) -> Any:
    points = torch.tensor(POINTS)
    return getattr(torch, op)(points.unsqueeze(1), points)


@each(op=OPS)
def complex_compared(torch: Any, op: str) -> Any:
    a = torch.tensor([1 + 1j, 2j, 3.0])
    return caught(getattr(torch, op), a, torch.tensor([1 + 1j, 2.0, 3.0]))


def operators(torch: Any) -> Any:
    a, b = tensor(torch, (5,), 3, "int64"), tensor(torch, (5,), 4, "int64")
    return a == b, a != b, a < b, a <= b, a > b, a >= b, 1 < a, 2 == a, a == 1.5, a > True


def numbers_are_compared_exactly(torch: Any) -> Any:
    big = torch.tensor([2**53, 2**53 + 1, -1])
    return big == 2**53 + 1, big < 2**53 + 1, big == float(2**53), torch.tensor([0.1]) == 0.1, torch.tensor([3]) < 3.5


def comparisons_have_no_graph(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    return x == y, y > x, torch.eq(x, 1)


def other_objects(torch: Any) -> Any:
    x = torch.ones(2)
    return [
        caught(lambda: x == None),  # noqa: E711
        caught(lambda: x == "a"),
        caught(lambda: x != "a"),
        caught(lambda: x == [1.0, 1.0]),
        caught(lambda: x < "a"),
        caught(lambda: x < None),
        caught(torch.eq, x, "a"),
        caught(torch.lt, x, None),
        caught(torch.gt, x),
    ]


def broadcast(torch: Any) -> Any:
    a, b = tensor(torch, (3, 1), 5, "int64"), tensor(torch, (4,), 6, "int64")
    return a == b, a < b, caught(lambda: torch.ones(2) == torch.ones(3)), torch.ones(0) == torch.ones(1)


def hash_is_identity(torch: Any) -> Any:
    a, b = torch.ones(1), torch.ones(1)
    return hash(a) == hash(a), hash(a) == hash(b), a in [a], len({a, b, a})


def membership(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0])
    return 2.0 in x, 5 in x, torch.tensor(3.0) in x, caught(lambda: "a" in x)


@each(layout=LAYOUTS, dtype=["float32", "float64", "int64", "bool"])
def where_of_layouts(torch: Any, layout: str, dtype: str) -> Any:
    mask = laid_out(torch, layout, 7, "bool")
    return torch.where(mask, laid_out(torch, layout, 8, dtype), laid_out(torch, "transposed", 9, dtype))


def where_of_numbers(torch: Any) -> Any:
    mask = torch.tensor([True, False, True])
    x = torch.tensor([1.0, 2.0, 3.0])
    return [
        torch.where(mask, x, 0),
        torch.where(mask, 0.0, x),
        torch.where(mask, 1, 2),
        torch.where(mask, 1.0, 2),
        torch.where(mask, True, False),
        torch.where(x > 1.5, x, -x),
        x.where(mask, torch.zeros(3)),
        x.where(x < 2.5, 7.0),
    ]


def where_broadcasts(torch: Any) -> Any:
    mask = torch.tensor([[True], [False]])
    return torch.where(mask, torch.arange(3.0), torch.tensor(9.0)), torch.where(mask, torch.ones(1), torch.zeros(2, 2))


def where_keeps_nan_out(torch: Any) -> Any:
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    torch.where(x > 0, 1 / x, x).sum().backward()
    return x.grad


def where_of_condition_alone(torch: Any) -> Any:
    return torch.where(torch.tensor([[True, False], [True, True]]))


def where_refuses(torch: Any) -> Any:
    mask, x = torch.tensor([True, False]), torch.ones(2)
    return [
        caught(torch.where, x, x, x),
        caught(torch.where, torch.tensor([1, 0]), x, x),
        caught(torch.where, mask, torch.ones(3), x),
        caught(torch.where, mask, "a", x),
        caught(torch.where, mask, x),
        caught(torch.where),
        caught(torch.where, True, x, x),
    ]


@each(layout=LAYOUTS)
def where_gradients(torch: Any, layout: str) -> Any:
    a, b = laid_out(torch, layout, 10).requires_grad_(), laid_out(torch, "contiguous", 11).requires_grad_()
    y = torch.where(a > b, a, b)
    y.backward(tensor(torch, (3, 4), 12))
    return y, a.grad, b.grad


def where_gradients_broadcast(torch: Any) -> Any:
    a = tensor(torch, (2, 1), 13).requires_grad_()
    b = tensor(torch, (3,), 14).requires_grad_()
    c = torch.tensor(0.5, requires_grad=True)
    torch.where(a > b, a, b).sum().backward()
    torch.where(b > 0, b, c).sum().backward()
    return a.grad, b.grad, c.grad


@each(condition=["whole", "one", "element", "expanded"])
def where_by_bytes(torch: Any, condition: str) -> Any:
    """A condition of uint8 has no part in the result's type; torch tells of it once in a process."""
    mask = torch.tensor([1, 0, 2], dtype=torch.uint8)
    mask = {"whole": mask, "one": mask[:1], "element": mask[1], "expanded": mask.expand(2, 3)}[condition]
    x, w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True), torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    small, truths = torch.tensor([1, 2, 3], dtype=torch.int8), torch.tensor([True, False, False])
    results = [
        torch.where(mask, small, -small),
        torch.where(mask, truths, truths),
        torch.where(mask, small, 1.5),
        torch.where(mask, small[0], truths[0]),
        torch.where(mask, 1, 2),
        torch.where(mask, True, False),
        small.where(mask, 7),
        caught(lambda: torch.where(mask, small, small, out=torch.empty(3, dtype=torch.uint8)).tolist()),
        torch.where(mask, x, w),
    ]
    results[-1].sum().backward()
    return results, x.grad, w.grad
