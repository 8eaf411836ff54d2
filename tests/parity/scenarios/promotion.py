"""Which dtype comes out: every pair of dtypes, tensors with and without dimensions, numbers, casts and refusals."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import tensor

DTYPES = ["float32", "float64", "int64", "bool", "float16", "complex64", "int32"]
# float16 with complex64 can give complex32, which is outside the operator set.
PAIRS = [(a, b) for a in DTYPES for b in DTYPES if {a, b} != {"float16", "complex64"}]
OPS = ["add", "sub", "mul", "div", "pow", "eq", "lt"]


@close()
@each(op=OPS, dtypes=PAIRS)
def pair(torch: Any, op: str, dtypes: tuple[str, str]) -> Any:
    left, right = (getattr(torch, name) for name in dtypes)
    shapes = {"vectors": ((1,), (1,)), "scalar_left": ((), (1,)), "scalar_right": ((1,), ()), "scalars": ((), ())}
    said = {}
    for form, (one, other) in shapes.items():
        said[form] = caught(getattr(torch, op), torch.ones(one, dtype=left), torch.ones(other, dtype=right))
    return said


@close()
@each(op=OPS, dtype=[dtype for dtype in DTYPES if dtype != "float16"], number=[2, 2.0, True, 2j])
def with_number(torch: Any, op: str, dtype: str, number: Any) -> Any:
    vector, scalar = torch.ones(2, dtype=getattr(torch, dtype)), torch.tensor(1, dtype=getattr(torch, dtype))
    return caught(getattr(torch, op), vector, number), caught(getattr(torch, op), scalar, number)


@close()
@each(op=["exp", "neg", "relu", "sum", "mean", "norm"], dtype=DTYPES)
def unary(torch: Any, op: str, dtype: str) -> Any:
    return caught(getattr(torch, op), torch.tensor([1, 0, 1], dtype=getattr(torch, dtype)))


@each(dtypes=PAIRS)
def where_of(torch: Any, dtypes: tuple[str, str]) -> Any:
    mask = torch.tensor([True, False])
    a, b = (torch.ones(2, dtype=getattr(torch, name)) for name in dtypes)
    return caught(torch.where, mask, a, b), caught(torch.where, mask, a, b[0]), caught(torch.where, mask, a, 2.5)


@each(left=DTYPES, right=DTYPES)
def products(torch: Any, left: str, right: str) -> Any:
    a, b = (torch.ones(2, 2, dtype=getattr(torch, name)) for name in (left, right))
    return caught(torch.matmul, a, b), caught(torch.dot, a[0], b[0])


@each(left=DTYPES, right=DTYPES)
def in_place(torch: Any, left: str, right: str) -> Any:
    a, b = (torch.ones(2, dtype=getattr(torch, name)) for name in (left, right))
    target = [a.clone() for _ in range(4)]
    return caught(target[0].add_, b), caught(target[1].mul_, b), caught(target[2].div_, b), caught(target[3].copy_, b)


@each(dtype=DTYPES, number=[2, 2.5, True])
def in_place_number(torch: Any, dtype: str, number: Any) -> Any:
    a = [torch.ones(2, dtype=getattr(torch, dtype)) for _ in range(4)]
    return caught(a[0].add_, number), caught(a[1].mul_, number), caught(a[2].div_, number), caught(a[3].fill_, number)


@each(left=["float32", "float64", "float16"], right=["float32", "float64", "float16"])
def gradients_have_the_leafs_dtype(torch: Any, left: str, right: str) -> Any:
    a = tensor(torch, (3,), 1, left).requires_grad_()
    b = tensor(torch, (3,), 2, right).requires_grad_()
    y = (a * b).sum()
    y.backward()
    return y.dtype, a.grad.dtype, b.grad.dtype


@each(scalar=["float32", "float64"])
def gradient_of_a_promoted_scalar(torch: Any, scalar: str) -> Any:
    a = torch.tensor(2.0, dtype=getattr(torch, scalar), requires_grad=True)
    b = torch.ones(3, dtype=torch.float32, requires_grad=True)
    y = a * b
    y.sum().backward()
    return y, a.grad, b.grad


def integers_meet_gradients(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * torch.tensor([2, 3]) + torch.tensor([True, False])
    y.sum().backward()
    return y, x.grad


@close()
@each(dtype=DTYPES, accumulate=["float32", "float64", "int64", "complex64", "bool"])
def sum_with_dtype(torch: Any, dtype: str, accumulate: str) -> Any:
    x = torch.tensor([[1, 0], [1, 1]], dtype=getattr(torch, dtype))
    wanted = getattr(torch, accumulate)
    return (
        caught(torch.sum, x, dtype=wanted),
        caught(torch.sum, x, 0, dtype=wanted),
        caught(torch.mean, x, dtype=wanted),
    )


def written_numbers(torch: Any) -> Any:
    said = []
    for start, number in [([1, 2], 2.7), ([1, 2], True), ([True, False], 3), ([1.0, 2.0], 3), ([1.5, 2.5], True)]:
        x = torch.tensor(start)
        x[0] = number
        said.append(x)
    return said


@each(target=DTYPES, source=DTYPES)
def written_tensors(torch: Any, target: str, source: str) -> Any:
    x = torch.zeros(3, dtype=getattr(torch, target))
    x[1:] = torch.tensor([1, 1], dtype=getattr(torch, source))
    return x
