"""Derivatives of functions of complex numbers, in reverse and in forward mode."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor

ORDERS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, -1, -2, float("inf"), -float("inf")]
OPS: dict[str, Any] = {
    "abs": lambda t, x: x.abs(),
    "abs and back": lambda t, x: x.abs() * x,
    "square": lambda t, x: x * x,
    "mul by a number": lambda t, x: x * (1.0 + 2.0j) + (0.5j * x) * x,
    "mul by real": lambda t, x: x * t.ones(3, dtype=t.float32) * x,
    "div": lambda t, x: (1.0 + 1.0j) / x,
    "exp": lambda t, x: x.exp() * x,
    "log": lambda t, x: x.log(),
    "sqrt": lambda t, x: x.sqrt(),
    "reciprocal": lambda t, x: x.reciprocal(),
    "pow": lambda t, x: x**3 + x**1.5 + x ** (1j),
    "pow of a number": lambda t, x: (2.0 + 0.5j) ** x,
    "sum": lambda t, x: x.sum() * x.sum(0) * x,
    "mean": lambda t, x: x.mean() * x.mean(1, keepdim=True),
    "conj": lambda t, x: x.conj_physical() * x,
    "mm": lambda t, x: x.mm(x.t()),
    "dot": lambda t, x: x[0].dot(x[1]) * x,
    "where": lambda t, x: t.where(t.tensor([True, False, True]), x, x * x),
    "written": lambda t, x: (x * 1).mul_(2j).add_(x, alpha=0.5j) * x,
    "to": lambda t, x: (x.abs().to(x.dtype) * 1j) * x,
    **{f"norm {p}": lambda t, x, p=p: x.norm(p) for p in ORDERS},
    **{f"norm {p} along 1": lambda t, x, p=p: x.norm(p, dim=1) for p in ORDERS},
    **{f"norm {p} along 0, kept": lambda t, x, p=p: x.norm(p, dim=0, keepdim=True) for p in ORDERS},
}
# Second derivatives of the Euclidean norm alone: torch's own of others fail where a size is 0, or for good.
TWICE = [op for op in OPS if not op.startswith("norm") or op.startswith("norm 2 ")]


def _weights(torch: Any, y: Any, seed: int) -> Any:
    return tensor(torch, tuple(y.shape), seed, str(y.dtype).split(".")[-1])


@close(rtol=1e-6)
@each(op=["acos", "asin", "acosh", "asinh"])
def derivatives_on_the_branch_cuts(torch: Any, op: str) -> Any:
    """On the side of the cuts where torch's derivative is that of the function."""
    on = [complex(-2.5, 0.0)] if op != "asinh" else [complex(0.0, 2.5)]
    z = torch.tensor([*on, complex(0.5, 0.25)], dtype=torch.complex128, requires_grad=True)
    y = getattr(torch, op)(z)
    (grad,) = torch.autograd.grad(y, z, torch.ones_like(y))
    return y, grad


@close(rtol=1e-6)
def logaddexp_of_equal_real_parts(torch: Any) -> Any:
    x, y = torch.tensor([1 + 1j, 1 + 20j]), torch.tensor([1 + 20j, 1 + 1j])
    return torch.logaddexp(x, y), torch.logcumsumexp(x, 0)


@close()
@each(op=list(OPS), dtype=["complex64", "complex128"])
def reverse(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (2, 3), 1, dtype).requires_grad_()
    y = OPS[op](torch, x)
    return y.detach(), torch.autograd.grad(y, x, _weights(torch, y, 2), allow_unused=True)


@close(rtol=1e-9, atol=1e-9)
@each(op=TWICE)
def twice(torch: Any, op: str) -> Any:
    x = tensor(torch, (2, 3), 3, "complex128").requires_grad_()
    y = OPS[op](torch, x)
    (first,) = torch.autograd.grad(y, x, _weights(torch, y, 4), create_graph=True)
    return torch.autograd.grad(first, x, _weights(torch, x, 5), allow_unused=True)


@close()
@each(op=list(OPS), dtype=["complex64", "complex128"])
def forward(torch: Any, op: str, dtype: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, x_dot = tensor(torch, (2, 3), 6, dtype), tensor(torch, (2, 3), 7, dtype)
    with forward_ad.dual_level():
        return tuple(forward_ad.unpack_dual(OPS[op](torch, forward_ad.make_dual(x, x_dot))))


@close(rtol=1e-4, atol=1e-4)
@each(op=["abs", "square", "exp", "sum", "norm 2 along 1", "norm 3 along 1", "mm"], layout=LAYOUTS)
def forward_of_layouts(torch: Any, op: str, layout: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, x_dot = laid_out(torch, layout, 8, "complex64"), laid_out(torch, layout, 9, "complex64")
    with forward_ad.dual_level():
        return caught(lambda: tuple(forward_ad.unpack_dual(OPS[op](torch, forward_ad.make_dual(x, x_dot)))))


@close(rtol=1e-9, atol=1e-9)
@each(op=["abs", "exp", "div", "norm 2", "norm 1.5", "norm 3 along 1", "pow"])
def reverse_over_forward(torch: Any, op: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, x_dot = tensor(torch, (2, 3), 10, "complex128").requires_grad_(), tensor(torch, (2, 3), 11, "complex128")
    with forward_ad.dual_level():
        y_dot = forward_ad.unpack_dual(OPS[op](torch, forward_ad.make_dual(x, x_dot))).tangent
        return torch.autograd.grad(y_dot, x, _weights(torch, y_dot, 12))


@close()
@each(op=["abs", "conj", "exp", "square", *(f"norm {p} along 1" for p in ORDERS)])
def at_zero(torch: Any, op: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    values = [[0j, 3.0 + 4.0j, -2.0 + 0j], [1j, 0j, 0j], [0j, 0j, 0j]]
    x = torch.tensor(values, dtype=torch.complex128, requires_grad=True)
    y = OPS[op](torch, x)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x.detach(), tensor(torch, (3, 3), 13, "complex128"))
        pushed = tuple(forward_ad.unpack_dual(OPS[op](torch, dual)))
    return pushed, torch.autograd.grad(y, x, _weights(torch, y, 14), allow_unused=True)


@close()
@each(p=[0, 1, 2, 3], dtype=["complex64", "complex128"])
def powers_of_zero(torch: Any, p: int, dtype: str) -> Any:
    x = torch.tensor([0j, 1.0 + 1.0j, 0j], dtype=getattr(torch, dtype), requires_grad=True)
    y = x**p
    (first,) = torch.autograd.grad(y, x, _weights(torch, y, 15), create_graph=True)
    second = torch.autograd.grad(first, x, _weights(torch, x, 16), allow_unused=True) if first.requires_grad else None
    return y, first.detach(), second


def zero_to_the_power_of_a_tensor_of_zero(torch: Any) -> Any:
    return torch.zeros(2, dtype=torch.complex64) ** torch.zeros(2)


@each(formula=["cube", "product", "absolute", "quotient", "exp"])
def zeros_have_torchs_sign(torch: Any, formula: str) -> Any:
    x = torch.tensor([1 + 0j, 0j, -2 + 0j, 0.5j]).requires_grad_()
    y = {
        "cube": lambda: (x * x * x).real.sum(),
        "product": lambda: (x * (2 + 0j)).real.sum(),
        "absolute": lambda: (x * x).abs().sum(),
        "quotient": lambda: (x / (1 + 0j)).real.sum(),
        "exp": lambda: (x - 1).exp().real.sum(),
    }[formula]()
    y.backward()
    return repr(x.grad)


@each(dtype=["float32", "int32", "bool", "complex64"])
def conjugate_over_one_element(torch: Any, dtype: str) -> Any:
    spread = torch.ones(1, dtype=getattr(torch, dtype)).expand(3)
    return caught(spread.conj_physical_), spread, spread._version


def conjugate_over_what_wants_a_gradient(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    before = y._version
    y.conj_physical_()
    y.sum().backward()
    return caught(x.conj_physical_), y, y._version - before, x.grad
