"""Analytic functions beyond exp, log and sqrt: values, special points, gradients of three orders, complex numbers."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

NAMES = [
    *("expm1", "log1p", "tanh", "sigmoid", "sin", "cos", "rsqrt"),
    *("tan", "exp2", "log2", "log10", "erf", "erfc"),
    *("asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh"),
]
ALIASES = {
    "arcsin": ("arcsin_", "asin"),
    "arccos": ("arccos_", "acos"),
    "arctan": ("arctan_", "atan"),
    "arcsinh": ("arcsinh_", "asinh"),
    "arccosh": ("arccosh_", "acosh"),
    "arctanh": ("arctanh_", "atanh"),
    "arctan2": ("arctan2_", "atan2"),
    "atan2": ("atan2_", "arctan2"),
}
BOUNDED = ("asin", "acos", "atanh")
COMPLEX = [name for name in NAMES if not name.startswith("erf")]
INFINITY = float("inf")
POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 0.55, 1e-8, -1e-8, 1e-20, -1e-30, 1e-40, -1e-40, 3.0, -3.0, 17.0, -17.0]
FAR = [89.0, -80.0, 88.7, 104.0, 710.0, 1e30, INFINITY, -INFINITY, float("nan")]
FAR_BELOW = [-89.0, -103.0, -104.0, -710.0, -1e30]


def low(op: str) -> float:
    return {"acosh": 1.1, "asin": -0.9, "acos": -0.9, "atanh": -0.9}.get(
        op, 0.1 if op in ("log1p", "rsqrt", "log2", "log10") else -2.0
    )


def span(op: str) -> tuple[float, float]:
    """Where derivatives are looked at."""
    return (0.1, 0.8) if op in BOUNDED else (1.2, 2.5) if op == "acosh" else (0.2, 1.5)


@close()
@each(op=NAMES, dtype=["float32", "float64", "float16", "bfloat16", "int64", "bool", "uint8"], layout=LAYOUTS)
def values(torch: Any, op: str, dtype: str, layout: str) -> Any:
    if op == "rsqrt" and "float16" in dtype:
        return None  # torch rounds the root of a few elements, and not that of many
    return caught(getattr(torch, op), laid_out(torch, layout, 5, dtype, low(op)))


@close(atol=0.0)
@each(op=NAMES, dtype=["float32", "float64"])
def at_points(torch: Any, op: str, dtype: str) -> Any:
    kind = getattr(torch, dtype)
    # torch's logistic function is 0 where e^x overflows on the other side.
    far = FAR if op == "sigmoid" else FAR + FAR_BELOW
    if op in ("sinh", "cosh"):
        far = [x for x in far if abs(x) != 710]  # torch's end where e^x does, and half of that is still a number
    y = getattr(torch, op)(torch.tensor(POINTS + far, dtype=kind))
    # A zero's sign shows in its reciprocal.
    return y, 1 / getattr(torch, op)(torch.tensor([0.0, -0.0], dtype=kind))


@close(rtol=1e-3, atol=1e-7)
@each(op=NAMES)
def at_points_of_half(torch: Any, op: str) -> Any:
    return getattr(torch, op)(torch.tensor([p for p in POINTS if abs(p) > 1e-5 or p == 0], dtype=torch.float16))


@close()
@each(op=NAMES, dtype=["float32", "float64"])
def of_many(torch: Any, op: str, dtype: str) -> Any:
    function = getattr(torch, op)
    return [
        function(tensor(torch, (97,), 10, dtype, max(low(op), -scale), scale)) for scale in (1e-6, 1e-3, 0.6, 20.0, 5e3)
    ]


@close(rtol=1e-5, atol=1e-6)
@each(op=NAMES, dtype=["float32", "float64"])
def gradients(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (2, 3), 11, dtype, *span(op)).requires_grad_(True)
    y = getattr(torch, op)(x)
    (first,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)
    saved = sorted(n for n in dir(y.grad_fn) if n.startswith("_saved"))
    # torch's rule for tanh and sigmoid is an operator of its own, with another node.
    return graph(y), saved, y, first.detach(), second.detach(), third


@close()
@each(
    written=[
        *("expm1_", "log1p_", "tanh_", "sigmoid_", "sin_", "cos_", "rsqrt_"),
        *("tan_", "exp2_", "log2_", "log10_", "erf_", "erfc_"),
        *("asin_", "acos_", "atan_", "sinh_", "cosh_", "asinh_", "acosh_", "atanh_"),
    ]
)
def in_place_and_out(torch: Any, written: str) -> Any:
    op = written[:-1]
    x = tensor(torch, (5,), 12, "float32", *span(op))
    out = torch.empty(0)
    kept = x.clone()
    same = getattr(kept, written)() is kept
    leaf = torch.ones(2, requires_grad=True)
    return (
        same,
        kept,
        getattr(torch, op)(x, out=out) is out,
        out,
        caught(getattr(leaf, written)),
        caught(getattr(torch.ones(2, dtype=torch.int64), written)),
        caught(getattr(torch, op), x, 2),
        caught(getattr(torch, op), 2.0),
        caught(getattr(torch, op), x, out=torch.empty(5, dtype=torch.int64)),
    )


@close(rtol=1e-5, atol=1e-6)
@each(op=NAMES)
def tangents(torch: Any, op: str) -> Any:
    x, v = tensor(torch, (4,), 13, "float64", *span(op)), tensor(torch, (4,), 14, "float64")
    return torch.func.jvp(getattr(torch, op), (x,), (v,))


@each(dtype=["float32", "float64"])
def exact(torch: Any, dtype: str) -> Any:
    kind = getattr(torch, dtype)
    whole = torch.arange(-126, 128, dtype=kind)
    # torch's own logarithm to base 10 of a whole power of 10 is not always whole, and is here.
    tens = torch.tensor([10.0**k for k in range(1, 5)], dtype=kind)
    return torch.exp2(whole), torch.log2(torch.exp2(whole)), torch.log10(tens), torch.exp2(torch.arange(5))


@close(rtol=1e-5)
@each(op=COMPLEX, dtype=["complex64", "complex128"])
def of_complex(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (2, 3), 15, dtype).requires_grad_(True)
    y = getattr(torch, op)(x)
    (first,) = torch.autograd.grad((y * y).abs().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.abs().sum(), x)
    out = torch.empty(0, dtype=getattr(torch, dtype))
    getattr(torch, op)(x.detach(), out=out)
    return graph(y), y, first.detach(), second, out


@close(rtol=1e-5)
@each(op=COMPLEX)
def of_complex_points(torch: Any, op: str) -> Any:
    parts = [0.0, -0.0, 1.0, -0.5, 1e-9, 3.5, -20.0]
    if op not in ("expm1", "log1p", "sigmoid"):
        parts += [INFINITY, -INFINITY]
    if op in ("asin", "acos", "atan", "asinh", "acosh", "atanh"):
        parts += [float("nan"), 1e17, -1e155]
    at = [complex(a, b) for a in parts for b in parts]
    y = getattr(torch, op)(torch.tensor(at, dtype=torch.complex128))
    return y.real, y.imag


@each(alias=list(ALIASES))
def aliases(torch: Any, alias: str) -> Any:
    written, name = ALIASES[alias]
    x = torch.tensor([0.5, 0.25]) + (1 if alias == "arccosh" else 0)
    x.requires_grad_(True)
    arguments = (torch.tensor([1.0, -2.0]),) if alias.endswith("tan2") else ()
    y = getattr(torch, alias)(x, *arguments)
    same = y.equal(getattr(torch, name)(x, *arguments))
    changed = getattr(x.detach().clone(), written)(*arguments)
    return same, graph(y), getattr(x, alias)(*arguments).equal(y), changed.equal(y)


ANGLES = [0.0, -0.0, 1.0, -1.0, 0.3, -2.5, 1e-40, 1e30, -3e38, INFINITY, -INFINITY, float("nan")]


@close(atol=0.0)
@each(dtype=["float32", "float64", "float16", "bfloat16", "int64", "uint8", "bool"])
def angles(torch: Any, dtype: str) -> Any:
    if "float" in dtype:
        y = torch.tensor([a for a in ANGLES if dtype != "float16" or not 1e5 < abs(a) < INFINITY])
        y = y.to(getattr(torch, dtype))
    else:
        y = torch.arange(5).to(getattr(torch, dtype))
    return torch.atan2(y.reshape(-1, 1), y), y.atan2(torch.tensor(2)), caught(torch.atan2, y, 2.0)


@close(rtol=1e-5, atol=1e-6)
def gradients_of_angles(torch: Any) -> Any:
    y, x = (tensor(torch, (3, 2), seed, "float64").requires_grad_(True) for seed in (21, 22))
    z = torch.atan2(y, x[0])
    (first, other) = torch.autograd.grad((z * z).sum(), (y, x), create_graph=True)
    second = torch.autograd.grad((first.sum() + other.sum()), (y, x))
    saved = sorted(n for n in dir(z.grad_fn) if n.startswith("_saved"))
    return graph(z), saved, first.detach(), other.detach(), second, caught(torch.atan2, y, torch.ones(2) * 1j)


@each(op=["erf", "erfc"])
def refused_of_complex(torch: Any, op: str) -> Any:
    return caught(getattr(torch, op), torch.ones(2, dtype=torch.complex64))


@close(rtol=1e-5, atol=1e-6)
def a_network_of_two_layers(torch: Any) -> Any:
    torch.manual_seed(0)
    x, target = torch.randn(32, 2), torch.randn(32, 1)
    weights = [torch.randn(2, 16) / math.sqrt(2), torch.zeros(16), torch.randn(16, 1) / 4, torch.zeros(1)]
    for w in weights:
        w.requires_grad_(True)
    losses = []
    for _ in range(5):
        hidden = torch.tanh(x @ weights[0] + weights[1])
        loss = ((torch.sigmoid(hidden @ weights[2] + weights[3]) - target) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for w in weights:
                w -= 0.1 * w.grad
                w.grad.zero_()
        losses.append(loss.detach())
    return losses, weights
