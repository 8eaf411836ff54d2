"""Derivatives of derivatives, for every operator and through views written in place."""

from typing import Any

from ..catalogue import close, each
from ..harness import graph
from ..inputs import tensor

OPS: dict[str, Any] = {
    "mul": lambda t, x, y: x * y,
    "div": lambda t, x, y: x / y,
    "add": lambda t, x, y: (x + y) * x,
    "sub": lambda t, x, y: (x - y) * y,
    "pow": lambda t, x, y: x**y,
    "square": lambda t, x, y: x**3 + y**-2,
    "rpow": lambda t, x, y: 2**x * 1.5**y,
    "rdiv": lambda t, x, y: 1 / x + 2 / y,
    "exp": lambda t, x, y: (x * y).exp(),
    "neg": lambda t, x, y: -(x * x) * -y,
    "relu": lambda t, x, y: t.relu(x - 1) * y * x,
    "where": lambda t, x, y: t.where(x > y, x * y, x * x),
    "matmul": lambda t, x, y: x @ y @ x,
    "matvec": lambda t, x, y: x @ y[0] * y[1],
    "vecmat": lambda t, x, y: x[0] @ y,
    "bmm": lambda t, x, y: x.expand(2, 3, 3) @ y.unsqueeze(0) * x,
    "dot": lambda t, x, y: t.dot(x[0], y[1]) * x,
    "sum": lambda t, x, y: x.sum() * y.sum(0) * x.sum(1),
    "mean": lambda t, x, y: x.mean() * y.mean(1) * x.mean(0),
    "max": lambda t, x, y: x.max() * y.max(1).values * x[0],
    "norm": lambda t, x, y: x.norm() * y,
    "norm_dim": lambda t, x, y: x.norm(dim=0) * y.norm(3, 1),
    "view": lambda t, x, y: x.view(9) * y.t().reshape(9) * x[0, 0],
    "expand": lambda t, x, y: x[:1].expand(3, 3) * y * x,
    "permute": lambda t, x, y: x.permute(1, 0) * y.transpose(0, 1) * x,
    "squeeze": lambda t, x, y: x[:1].squeeze(0) * y.unsqueeze(0) * x,
    "unbind": lambda t, x, y: x.unbind(0)[1] * y.unbind(1)[0] * x,
    "index": lambda t, x, y: x[[0, 2, 0]] * y[:, [1, 1, 2]] * x,
    "mask": lambda t, x, y: x[x > 1] * x[x > 1] * y.sum(),
    "slice": lambda t, x, y: x[::2, 1:] * y[1:, ::2] * x[0, 0],
    "cast": lambda t, x, y: (x.float() * y.float()).double() * x,
    "clone": lambda t, x, y: x.t().clone() * y.contiguous() * x,
}


def _written(torch: Any, x: Any, y: Any) -> Any:
    z = x * y
    z[0] = x[1] * x[2]
    z.t()[1].mul_(y[0] * x[0])
    z[:, 2] += x.sum(0)
    return z * x


def _overwritten(torch: Any, x: Any, y: Any) -> Any:
    z = torch.zeros(3, 3, dtype=x.dtype)
    row = z[1]
    row.copy_(x[0] * x[1])
    z.view(9)[3:6] *= y[2]
    return z * row


def _masked(torch: Any, x: Any, y: Any) -> Any:
    z = x * x
    z[x > 1.2] = 3.0
    z[[0, 1], [1, 2]] = (x * y)[[2, 2], [0, 1]]
    return z * y


OPS |= {"written": _written, "overwritten": _overwritten, "masked": _masked}


@close(rtol=1e-9)
@each(op=[op for op in OPS if op != "cast"])
def twice(torch: Any, op: str) -> Any:
    x = tensor(torch, (3, 3), 1, "float64", 0.5).requires_grad_()
    y = tensor(torch, (3, 3), 2, "float64", 0.5).requires_grad_()
    z = OPS[op](torch, x, y)
    first = torch.autograd.grad((z * z).sum(), [x, y], create_graph=True, allow_unused=True)
    total = sum((g * tensor(torch, (3, 3), 3, "float64")).sum() for g in first if g is not None)
    return first, torch.autograd.grad(total, [x, y], allow_unused=True)


@close(rtol=1e-5)
@each(op=list(OPS))
def first_order_is_the_same_with_and_without_create_graph(torch: Any, op: str) -> Any:
    x = tensor(torch, (3, 3), 4, "float64", 0.5).requires_grad_()
    y = tensor(torch, (3, 3), 5, "float64", 0.5).requires_grad_()
    seed = tensor(torch, tuple(OPS[op](torch, x, y).shape), 6, "float64")
    plain = torch.autograd.grad(OPS[op](torch, x, y), [x, y], seed, allow_unused=True)
    recorded = torch.autograd.grad(OPS[op](torch, x, y), [x, y], seed, create_graph=True, allow_unused=True)
    return plain, recorded


@close(rtol=1e-9)
@each(op=["mul", "div", "pow", "exp", "matmul", "norm", "written", "square", "rdiv"])
def thrice(torch: Any, op: str) -> Any:
    x = tensor(torch, (3, 3), 7, "float64", 0.8, 1.4).requires_grad_()
    y = tensor(torch, (3, 3), 8, "float64", 0.8, 1.4).requires_grad_()
    current = OPS[op](torch, x, y).sum()
    for _ in range(3):
        (g,) = torch.autograd.grad(current, x, create_graph=True)
        current = (g * x).sum()
    return current, g


@close(rtol=1e-9)
@each(op=[op for op in OPS if op != "cast"])
def third_order(torch: Any, op: str) -> Any:
    x = tensor(torch, (3, 3), 9, "float64", 0.6).requires_grad_()
    y = tensor(torch, (3, 3), 10, "float64", 0.6).requires_grad_()
    current = OPS[op](torch, x, y).exp().sum()
    found = []
    for order in range(3):
        gradients = torch.autograd.grad(current, [x, y], create_graph=True, allow_unused=True)
        current = sum((g * tensor(torch, (3, 3), 11 + order, "float64")).sum() for g in gradients if g is not None)
        found.append([None if g is None else (g.requires_grad, g.detach()) for g in gradients])
    return found


@close(rtol=1e-9)
@each(op=[op for op in OPS if op not in ("cast", "relu", "where", "max", "mask", "masked")])
def twice_over_complex_numbers(torch: Any, op: str) -> Any:
    x, y = (tensor(torch, (3, 3), seed, "complex128").requires_grad_() for seed in (18, 19))
    z = OPS[op](torch, x, y)
    seed = tensor(torch, tuple(z.shape), 20, "complex128")
    first = torch.autograd.grad(z, [x, y], seed if z.is_complex() else seed.abs(), create_graph=True)
    seeds = [tensor(torch, tuple(g.shape), 21, "complex128") for g in first]
    second = torch.autograd.grad(first, [x, y], seeds, allow_unused=True)
    return [g.detach() for g in first], second


@close(rtol=1e-9)
@each(op=[op for op in OPS if op not in ("cast", "written", "overwritten")], recorded=[False, True])
def forward_over_reverse(torch: Any, op: str, recorded: bool) -> Any:
    """The tangent of a gradient: a product with the matrix of second derivatives."""
    x = tensor(torch, (3, 3), 14, "float64", 0.6).requires_grad_()
    y = tensor(torch, (3, 3), 15, "float64", 0.6).requires_grad_()
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        z = OPS[op](torch, forward.make_dual(x, tensor(torch, (3, 3), 16, "float64")), y)
        seed = tensor(torch, tuple(z.shape), 17, "float64")
        gradients = torch.autograd.grad(z, [x, y], seed, create_graph=recorded, allow_unused=True)
        pairs = [None if g is None else forward.unpack_dual(g) for g in gradients]
        return [p and [None if t is None else t.detach().contiguous() for t in p] for p in pairs]


@each(order=[1, 2, 3, 4])
def powers_end_in_zeros(torch: Any, order: int) -> Any:
    """The derivatives of a square after the second are zeros with a graph, then zeros without one."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    current = x**2
    for _ in range(order):
        (current,) = torch.autograd.grad(current.sum(), x, create_graph=True)
    return current


def gradient_of_a_gradient_norm(torch: Any) -> Any:
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    (first,) = torch.autograd.grad((x * x).sum() / 2, x, create_graph=True)
    penalty = (first.norm() - 1) ** 2
    penalty.backward()
    return penalty.item(), x.grad


def relu_second_derivative_is_zero(torch: Any) -> Any:
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad(torch.relu(x).sum(), x, create_graph=True)
    return first, first.requires_grad


@each(alpha=[1, 2, 2.5], wants=["input", "other", "both"])
def differences_exchanged(torch: Any, alpha: float, wants: str) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=wants != "other")
    y = torch.tensor([3.0, 4.0], requires_grad=wants != "input")
    g = torch.ones(2, requires_grad=True)
    z = torch.rsub(x, y, alpha=alpha)
    grads = torch.autograd.grad(z, [t for t in (x, y) if t.requires_grad], g, create_graph=True)
    return graph(z), [(graph(grad), grad) for grad in grads]
