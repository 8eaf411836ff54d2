"""Samples of products that are added to something, of vectors, and over chosen dimensions."""

from collections.abc import Callable
from typing import Any

import wengert as torch

from .points import other

SAMPLES: dict[str, Callable[[Any], Any]] = {
    "addmm": lambda x: (
        torch.addmm(x.t() * x.t(), x.t() * 2, x @ x.t(), beta=0.5, alpha=1.5)
        * torch.addmm(x[0], x.t() @ x, x.t() @ x)[0, 0]
    ),
    "addmm in place": lambda x: (x * 1).addmm_(x @ x.t(), x, alpha=0.5) * x,
    "addmv": lambda x: torch.addmv(x[0], x.t(), x[:, 1] * x[:, 0], beta=0.5, alpha=2) * x,
    "addmv in place": lambda x: (x[0] * 1).addmv_(x.t() @ x, x[1]),
    "addr": lambda x: torch.addr(x * x, x[:, 0], x[2], beta=1.5, alpha=0.5) * torch.addr(x[0], x[:, 1], x[1]),
    "addr in place": lambda x: (x * 1).addr_(x[:, 0] * 2, x[1]) * x,
    "baddbmm": lambda x: torch.baddbmm(
        x, x.view(1, 3, 2) * other(2, 3, 1), (x.t() @ x).expand(2, 2, 2), beta=0.5, alpha=2
    ),
    "addbmm": lambda x: torch.addbmm(
        x, x.view(1, 3, 2) * other(2, 3, 1), (x.t() @ x).expand(2, 2, 2), beta=0.5, alpha=2
    ),
    "outer": lambda x: torch.outer(x[0] * x[1], x[:, 1]) * x.t(),
    "inner": lambda x: torch.inner(x, x * x) * torch.inner(x[0], x[1]),
    "vdot": lambda x: torch.vdot(x[0] * x[1], x[2] * 2) * x,
    "cross": lambda x: torch.cross(x * x, x * other(3, 2), 0) * torch.cross(x, x.t()[0].view(3, 1) * 2, 0),
    "kron": lambda x: torch.kron(x, x[:2] * x[0]),
    "matrix_power": lambda x: torch.matrix_power(x.t() @ x * 0.2, 5),
    "chain_matmul": lambda x: torch.chain_matmul(x, x.t(), x * x),
    "tensordot": lambda x: torch.tensordot(x, x * x, ([0, 1], [0, 1])) * torch.tensordot(x, x.t(), 1),
    "einsum": lambda x: torch.einsum("ij,kj->ik", x, x * x) * torch.einsum("ii,jk,jk->i", x @ x.t(), x, x),
}

COMPLEX: dict[str, Callable[[Any], Any]] = {
    "addmm": lambda x: torch.addmm(x * x, x @ x.t(), x, beta=0.5 + 1j, alpha=1.5 - 1j),
    "addr": lambda x: torch.addr(x * x, x[:, 0], x[2], beta=0.5 + 1j, alpha=1.5 - 1j),
    "vdot": lambda x: torch.vdot(x[0] * x[1], x[2] * 2) * x,
    "cross": lambda x: torch.cross(x * x, x * 2 + 1, 0),
}
