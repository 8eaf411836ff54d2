"""Expressions of one vector of six numbers that between them reach every node of the operator table.

A family of rows may have a file of its own beside this one, with its own `SAMPLES`, `COMPLEX` and `OF_NOTHING`.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import wengert as torch

from .points import OTHER, POINTS, other

__all__ = ["COMPLEX", "LAYOUTS", "LIES", "OF_NOTHING", "OTHER", "POINTS", "SAMPLES", "other"]


def written(x: Any) -> Any:
    """A copy, changed through views of it."""
    y = x * 1
    y[1:3] *= y[0] * 1
    y.t()[0] += x[2, 1]
    y[0].mul_(2)
    return y


def compared(x: Any) -> Any:
    """A sum of comparisons, each written over a copy: with a number and with a tensor."""
    y = x * x
    for name in ("eq_", "ne_", "lt_", "le_", "gt_", "ge_"):
        y = y + getattr(x * 2, name)(0.3) + getattr(x * 3, name)(x * x)
    return y * x


def filled(x: Any) -> Any:
    y = x * 1
    y[0].fill_(x[1, 1])
    y[2].zero_()
    y[1].fill_(3.0)
    return y + x


def copied(x: Any) -> Any:
    y = torch.zeros(3, 2, dtype=torch.float64) + x * 0
    y.copy_(x * x)
    return y


def put(x: Any) -> Any:
    y = x * 1
    y[torch.tensor([0, 2]), torch.tensor([1, 0])] = x[0] * 3
    y[torch.tensor([True, False, False])] = x[1]
    return y


def drawn(x: Any) -> Any:
    """Sums with what random numbers were written over, and with samples: from one seed, so that they are constants."""
    torch.manual_seed(8)
    total = x * x
    for draw in (
        lambda y: y.normal_(),
        lambda y: y.uniform_(),
        lambda y: y.random_(),
        lambda y: y.random_(9),
        lambda y: y.random_(1, 9),
        lambda y: y.bernoulli_(),
        lambda y: y.bernoulli_(x.detach() * 0 + x * 0 + 0.5),
        lambda y: y.exponential_(),
        lambda y: y.geometric_(0.5),
        lambda y: y.log_normal_(0, 0.1),
        lambda y: y.cauchy_(),
        lambda y: torch.bernoulli(y * 0 + 0.5),
        lambda y: torch.poisson(y * 0 + 2),
        lambda y: torch.normal(y, y * 0 + 1) * 0,
        lambda y: torch.normal(y * 0, 1.0),
        lambda y: torch.normal(0.0, y * 0 + 1),
    ):
        made = draw(x * 1)
        total = total + made / (1 + made.detach().abs().max())  # of no great size, for the differences' sake
    return total * x


def max_dim(x: Any) -> Any:
    return (0.25 * x.exp().max(1).values).exp() * x.max(0).values.sum()


# Each takes a matrix of three rows and two columns.
SAMPLES: dict[str, Callable[[Any], Any]] = {
    "add": lambda x: x + x.t()[0, 0],
    "add with a factor": lambda x: torch.add(x, other(3, 2) * x, alpha=1.5),
    "sub": lambda x: 1.5 - x - other(2) * x,
    "sub with a factor": lambda x: torch.sub(x, x * x, alpha=0.5),
    "sub a number with a factor": lambda x: torch.subtract(x * x, 1.5, 0.5) * x,
    "rsub": lambda x: torch.rsub(x, x * x) * torch.rsub(x, 1.5),
    "rsub with a factor": lambda x: torch.rsub(x, x * x, alpha=0.5) * torch.rsub(x, 1.5, alpha=2),
    "mul": lambda x: x * other(3, 1) * x,
    "div": lambda x: other(3, 2) / x / x[0],
    "div by a number": lambda x: x / 3,
    "div unrounded": lambda x: torch.div(x, x * x + 1, rounding_mode=None),
    "div rounded": lambda x: torch.div(x, 0.37, rounding_mode="floor") * x,
    "div truncated": lambda x: torch.div(x, 0.37, rounding_mode="trunc") * x,
    "reciprocal": lambda x: x.reciprocal(),
    "neg": lambda x: -x * x,
    "abs": lambda x: x.abs() * x,
    "conj": lambda x: (x * 1).conj_physical_() * x.conj_physical(),
    "compared in place": compared,
    "exp": lambda x: x.exp(),
    "log": lambda x: (x * x).log(),
    "sqrt": lambda x: (x * x + 1).sqrt(),
    "rsqrt": lambda x: (x * x + 1).rsqrt(),
    "expm1": lambda x: x.expm1() * x,
    "log1p": lambda x: (x * x).log1p(),
    "tanh": lambda x: x.tanh() * x,
    "sin": lambda x: x.sin() * x,
    "cos": lambda x: x.cos() * x,
    "tan": lambda x: (x / 2).tan() * x,
    "exp2": lambda x: x.exp2() * x,
    "log2": lambda x: (x * x).log2() * x,
    "log10": lambda x: (x * x).log10() * x,
    "erf": lambda x: x.erf() * x,
    "erfc": lambda x: x.erfc() * x,
    "sigmoid": lambda x: x.sigmoid() * x,
    "relu": lambda x: torch.relu(x) * x,
    "maximum": lambda x: torch.maximum(x, other(3, 2)) * x,
    "minimum": lambda x: torch.minimum(x, other(3, 2)) * x,
    "fmax": lambda x: torch.fmax(x, other(3, 2)) * x,
    "fmin": lambda x: torch.fmin(x, other(3, 2)) * x,
    "rounded": lambda x: (x.floor() + x.ceil() + x.trunc() + x.round() + x.sign()) * x,
    "rounded at a digit": lambda x: (x.round(decimals=1) + (x * 100).round(decimals=-1) + x.round(decimals=0)) * x,
    "frac": lambda x: x.frac() * x,
    "remainder": lambda x: torch.remainder(x * x + 0.3, other(3, 2) * 0 + 17.3) * x + ((x * x + 0.3) % 19) * x,
    "remainder by": lambda x: torch.remainder(other(3, 2), x) * x,
    "fmod": lambda x: torch.fmod(x * x + 0.3, other(3, 2) * 0 + 17.3) * x + torch.fmod(x * x + 0.3, 19) * x,
    "fmod by": lambda x: torch.fmod(other(3, 2), x) * x,
    "pow": lambda x: (x * x) ** x[0],
    "pow by a number": lambda x: x**3 + (x * x) ** 0.75 + x**2,
    "pow by other numbers": lambda x: (x * x) ** 0.5 + (x * x) ** -0.5 + x**-1 + x**-2,
    "pow of a number": lambda x: 1.7**x,
    "where": lambda x: torch.where(x > 0.5, x * x, 3 * x),
    "clone": lambda x: x.clone() * x,
    "to": lambda x: x.to(torch.float64).double() * x,
    "copy_": copied,
    "fill_": filled,
    "fill": lambda x: torch.fill(x, x[0, 0] * 2) * x + torch.fill(x, 3.0) * x,
    "drawn": drawn,
    "written through views": written,
    "index put": put,
    "index": lambda x: x[torch.tensor([0, 2, 2]), torch.tensor([1, 1, 0])] * x[x[:, 0] > 0].sum(),
    "flip": lambda x: reversed(x) * x[0],
    "select": lambda x: x[1] * x.select(1, 0).sum(),
    "slice": lambda x: x[1:] * x[::2],
    "alias": lambda x: x[...] * x.detach().numel() * x[()],
    "view": lambda x: x.reshape(6) * x.reshape(2, 3).view(6),
    "view as strided": lambda x: x.view(3, 2, 1).squeeze() * x,
    "reshape of a view": lambda x: x.t().reshape(2, 3, 1).exp() * x.reshape(2, 3, 1),
    "expand": lambda x: x.expand(2, 3, 2) * other(2, 3, 2),
    "permute": lambda x: x.permute(1, 0) * x.transpose(0, 1) * x.t(),
    "squeeze": lambda x: x.unsqueeze(1).squeeze(1).unsqueeze(0).squeeze() * x.unsqueeze(2).squeeze((2,)),
    "unbind": lambda x: x.unbind()[0] * x.unbind(1)[1].sum(),
    "stack": lambda x: torch.stack([x, x * x], 1),
    "sum": lambda x: x.sum() * x.sum(0) + x.sum(1, keepdim=True) * x,
    "mean": lambda x: x.mean() * x.mean(0) * x.mean(1, keepdim=True),
    "max": lambda x: x.max() * x,
    "max along a dimension": max_dim,
    "norm": lambda x: x.norm() * x.norm(dim=1, keepdim=True) * x,
    "norms": lambda x: x.norm(1) + x.norm(3, dim=0) + x.norm(float("inf")) + x.norm(float("-inf")),
    "dot": lambda x: x[0].dot(x[1]) * x,
    "mm": lambda x: x.mm(other(2, 4)) @ other(4, 3) @ x,
    "mv": lambda x: (x @ x[0]) * (x[2] @ x.t()),
    "bmm": lambda x: torch.bmm(x.expand(2, 3, 2), other(2, 2, 3)) @ x,
    "fold": lambda x: x.expand(2, 3, 2).matmul(x.t()),
}


def of_complex(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function at complex numbers whose real and imaginary parts move apart, as real numbers."""

    def sample(x: Any) -> Any:
        z = x * (1 + 0.25j) + x.reshape(2, 3).t() * (0.5j - 0.125)
        y = function(z)
        return (y - (0.3 + 0.2j)).abs() if y.is_complex() else y

    return sample


def part_written(z: Any) -> Any:
    y = z * 1
    y.real.mul_(z.imag)
    return y * y


COMPLEX: dict[str, Callable[[Any], Any]] = {
    "abs": lambda z: z.abs(),
    "mul": lambda z: z * z[0] * (2 - 1j),
    "add": lambda z: torch.add(z, z * z, alpha=0.5j) + z.abs(),
    "sub": lambda z: torch.sub(1j, z, alpha=2) - z * 3,
    "div": lambda z: (1 + 2j) / z + z / z[0],
    "reciprocal": lambda z: z.reciprocal(),
    "conj": lambda z: z.conj_physical() * z * z,
    "parts": lambda z: z.real * z.imag + torch.view_as_complex(torch.view_as_real(z) ** 2),
    "a part written": part_written,
    "exp": lambda z: z.exp(),
    "log": lambda z: z.log(),
    "sqrt": lambda z: z.sqrt() * z,
    "rsqrt": lambda z: z.rsqrt() * z,
    "expm1 and log1p": lambda z: z.expm1() * (z * 0.4).log1p(),
    "tanh and sigmoid": lambda z: z.tanh() * z.sigmoid(),
    "sin and cos": lambda z: z.sin() * z.cos(),
    "tan": lambda z: (z / 2).tan() * z,
    "exp2": lambda z: z.exp2() * z,
    "log2 and log10": lambda z: z.log2() * z.log10(),
    "square": lambda z: z**2,
    "pow": lambda z: z ** (z[0] * 0.5) + (1 + 1j) ** z,
    "pow by a number": lambda z: z**3 + z**0.5 + z ** (0.5 + 0.5j),
    "where": lambda z: torch.where(torch.tensor([True, False]), z * z, 2j * z),
    "sum": lambda z: z.sum() * z.sum(0) + z.sum(1, keepdim=True) * z,
    "mean": lambda z: z.mean() * z.mean(0) * z.mean(1, keepdim=True),
    "dot": lambda z: z[0].dot(z[1]) * z,
    "mm": lambda z: z.mm(z.t()) @ z,
    "mv": lambda z: (z @ z[0]) * (z[2] @ z.t()),
    "written": lambda z: written(z),
    "to": lambda z: z.abs().to(torch.complex128) * z,
    "norm": lambda z: z.norm() * z,
    "norms": lambda z: z.norm(1) + z.norm(3, dim=0) + z.norm(1.5, dim=1, keepdim=True) + z.norm(0.5) + z.norm(-1),
    "extreme norms": lambda z: z.norm(float("inf")) * z.norm(float("-inf"), dim=1),
}
# How the matrix lies: each is made of the six numbers by recorded views, so that a difference moves one number.
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "contiguous": lambda flat: flat.reshape(3, 2),
    "transposed": lambda flat: flat.reshape(2, 3).t(),
    "stepped": lambda flat: torch.stack([flat, flat * 0], 1).reshape(6, 2)[:, 0].view(3, 2),
    "offset": lambda flat: torch.stack([flat * 0, flat])[1].view(3, 2),
    "expanded": lambda flat: flat[:3].unsqueeze(1).expand(3, 2),
    "one row": lambda flat: flat[2:4].expand(3, 2),
}

# Strides, and the place of the first number.
LIES = {
    "contiguous": ((2, 1), 0),
    "transposed": ((1, 3), 0),
    "stepped": ((4, 2), 0),
    "offset": ((2, 1), 6),
    "expanded": ((1, 0), 0),
    "one row": ((0, 1), 2),
}

# Each takes a matrix of no rows and two columns.
OF_NOTHING: dict[str, Callable[[Any], Any]] = {
    "add": lambda x: x + other(2) + torch.add(x, x, alpha=2),
    "mul": lambda x: x * x * other(1, 2) * 3,
    "div": lambda x: x / x + 1 / x,
    "exp": lambda x: x.exp() * (x * x).log().sqrt(),
    "pow": lambda x: x**x + x**2 + 2**x,
    "abs": lambda x: x.abs() * torch.relu(x) * torch.maximum(x, -x),
    "where": lambda x: torch.where(x > 0, x, x * x),
    "sum": lambda x: x.sum() * x.sum(0) + x.sum(0, keepdim=True),
    "sum of nothing else": lambda x: x.sum(1) * x.mean(1),
    "max": lambda x: x.max(1).values * x.max(1, keepdim=True).values.squeeze(1),
    "norm": lambda x: x.norm() + x.norm(1, dim=0) + x.norm(3, dim=0),
    "mm": lambda x: x.t() @ x,
    "mm of nothing": lambda x: x @ other(2, 3),
    "mv": lambda x: x @ other(2),
    "bmm": lambda x: torch.bmm(x.unsqueeze(1), other(2, 2).expand(0, 2, 2)),
    "views": lambda x: x.t().expand(3, 2, 0).permute(2, 0, 1).reshape(0, 6) * x.view(2, 0).sum(),
    "stack": lambda x: torch.stack([x, x * x], 1),
    "index": lambda x: x[x > 0].sum() * x[:, 1] + x[torch.tensor([], dtype=torch.int64)].sum(),
    "written": lambda x: (x * 1).copy_(x * x).mul_(2).add_(x),
    "complex": lambda x: (x * 1j).abs() * (x * (1 + 1j)).norm(),
}

for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    module = importlib.import_module(f"{__name__}.{file.stem}")
    for ours, name in ((SAMPLES, "SAMPLES"), (COMPLEX, "COMPLEX"), (OF_NOTHING, "OF_NOTHING")):
        theirs = getattr(module, name, {})
        assert not ours.keys() & theirs.keys(), f"two samples of one name: {ours.keys() & theirs.keys()}"
        ours |= theirs
SAMPLES |= {f"complex {name}": of_complex(function) for name, function in COMPLEX.items()}
