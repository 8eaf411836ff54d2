"""Names that are another's second name or its in-place form: each is called once, by its own name."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import tensor

DTYPES = ["float32", "complex64", "int64", "bool"]
OF_ONE = ["absolute", "abs", "conj_physical", "exp", "log", "neg", "negative", "reciprocal", "relu", "sqrt"]
WRITE_ONE = [
    *("abs_", "absolute_", "conj_physical_", "exp_", "log_", "neg_", "negative_", "reciprocal_", "relu_", "sqrt_"),
]
OF_TWO = ["divide", "multiply", "subtract", "true_divide", "pow", "eq", "ge", "gt", "le", "lt", "ne"]
WRITE_TWO = [
    *("divide_", "multiply_", "subtract_", "true_divide_", "pow_", "eq_", "ge_", "gt_", "le_", "lt_", "ne_"),
]


def _gradient(torch: Any, y: Any, leaf: Any) -> Any:
    if not isinstance(y, torch.Tensor) or not y.requires_grad or y.is_complex():
        return None
    return y.grad_fn and y.grad_fn.name(), torch.autograd.grad((y * y).sum(), leaf, allow_unused=True)


def _leaf(torch: Any, dtype: str, seed: int) -> Any:
    x = tensor(torch, (2, 3), seed, dtype, 0.5)
    return x.requires_grad_() if x.is_floating_point() else x


@close()
@each(name=OF_ONE, dtype=DTYPES)
def of_one(torch: Any, name: str, dtype: str) -> Any:
    x = _leaf(torch, dtype, 1)
    y = caught(getattr(torch, name), x)
    return y, caught(getattr(x, name)), _gradient(torch, y, x)


@close()
@each(name=WRITE_ONE, dtype=DTYPES)
def written_over_one(torch: Any, name: str, dtype: str) -> Any:
    x = _leaf(torch, dtype, 2)
    y = x.clone()
    z = caught(getattr(y, name))
    return z, z is y, y._version, _gradient(torch, z, x)


@close()
@each(name=OF_TWO, dtype=DTYPES, other=["tensor", "number"])
def of_two(torch: Any, name: str, dtype: str, other: str) -> Any:
    x, b = _leaf(torch, dtype, 3), tensor(torch, (3,), 4, dtype, 0.5) if other == "tensor" else 2
    y = caught(getattr(torch, name), x, b)
    return y, caught(getattr(x, name), b), _gradient(torch, y, x)


@close()
@each(name=WRITE_TWO, dtype=DTYPES, other=["tensor", "number"])
def written_over_the_first_of_two(torch: Any, name: str, dtype: str, other: str) -> Any:
    x, b = _leaf(torch, dtype, 5), tensor(torch, (3,), 6, dtype, 0.5) if other == "tensor" else 2
    y = x.clone()
    z = caught(getattr(y, name), b)
    return z, z is y, y._version, _gradient(torch, z, x)


@each(name=["bfloat16", "byte", "char", "bool", "double", "float", "half", "int", "long", "short"], dtype=DTYPES[::2])
def conversions(torch: Any, name: str, dtype: str) -> Any:
    x = _leaf(torch, dtype, 7)
    y = getattr(x, name)()
    return y, y is x, _gradient(torch, y, x) if y.is_floating_point() else None


def like_another(torch: Any) -> Any:
    x, wide = _leaf(torch, "float32", 8), torch.ones(3, 2, dtype=torch.float64)
    made = [x.reshape_as(wide), x.view_as(wide), x.type_as(wide), x[:1].expand_as(x), x.type_as(x) is x]
    return made, [y.grad_fn.name() for y in made[:4]], caught(x.view_as, torch.ones(4)), caught(x.reshape_as, 3)


@each(other=["number", "plain tensor", "tensor"])
def compared_in_place(torch: Any, other: str) -> Any:
    x, b = _leaf(torch, "float64", 9), _leaf(torch, "float64", 10)
    y = x * 2
    y[1].lt_({"number": 1.0, "plain tensor": b.detach()[0], "tensor": b[0]}[other])
    first = torch.autograd.grad((y * y * x).sum(), (x, b), create_graph=True, allow_unused=True)
    second = torch.autograd.grad(first[0].sum(), (x, b), allow_unused=True)
    return y.detach(), first[0].detach(), first[1], second


def compared_with_what_wants_a_gradient(torch: Any) -> Any:
    x, b = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0], requires_grad=True)
    x.ge_(b)
    return x.requires_grad, x.grad_fn.name(), torch.autograd.grad(x.sum(), b), caught(b.eq_, 1.0)


def tangents_of_what_is_compared_in_place(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.ones(2)) * 1
        dual.ne_(1.0)
        return tuple(forward_ad.unpack_dual(dual)), torch.conj_physical(dual) is dual


def equal(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0])
    others = [x, x.clone(), x[:1], x.reshape(2, 1), torch.tensor([1.0, float("nan")]), x.double(), torch.tensor([1, 2])]
    return [caught(torch.equal, x, y) for y in others], [caught(x.equal, y) for y in others], caught(x.equal, 1)
