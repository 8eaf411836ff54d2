"""Samples of joining, splitting and turning, of diagonals, windows and views of any strides."""

from collections.abc import Callable
from typing import Any

import wengert as torch

from .points import other


def taken_on(x: Any) -> Any:
    y = (x * 1).t_().unsqueeze_(0).squeeze_(0).transpose_(0, 1)
    rows = [(x * x)[i : i + 1] * 1 for i in range(3)]
    squeezed = rows[0].squeeze_() * rows[1].squeeze_(0) * rows[2].squeeze_((0,))
    return y * squeezed * (x * 2).as_strided_((2,), (1,), 1)


def turned_views_written(x: Any) -> Any:
    y = x * 1
    y.diagonal()[1:].mul_(x[2, 0])
    y.unfold(0, 2, 1)[0].copy_(x[1:].t() * x[0, 1])
    y.as_strided((2,), (2,), 1).mul_(x[0, 0])
    y.movedim(0, 1)[0].add_(x[:, 1])
    y.tril_().add_(x)
    return y.triu_(-1) * x


SAMPLES: dict[str, Callable[[Any], Any]] = {
    "flatten": lambda x: x.flatten() * x.t().flatten() * x.t().ravel(),
    "cat": lambda x: torch.cat([x, x * x, x[:1]]).sum(0) * torch.cat([x, other(3, 1)], 1)[:, :2] * x,
    "joined by name": lambda x: (
        torch.hstack([x, x * x])[:, 1:3] * torch.vstack([x[0], x])[1:] * torch.dstack([x, x])[..., 1]
    ),
    "block_diag": lambda x: torch.block_diag(x, x[0], x[1, 1], x.t() * x[2, 0]),
    "split": lambda x: x.split(2)[0] * x.split(1, 1)[1][:2] * x.unsafe_split(2)[0],
    "split into sizes": lambda x: x.split([1, 2])[1] * x.unsafe_split_with_sizes([2, 1])[0] * x.chunk(2)[0],
    "parts": lambda x: x.narrow(0, 1, 2) * x.tensor_split(2)[0] * x.narrow_copy(0, 0, 2),
    "roll": lambda x: x.roll(1) * x.roll((1, -1), (0, 1)) * x,
    "rot90": lambda x: x.rot90() * x.t() * x.rot90(2).t() * x.rot90(-1),
    "repeat": lambda x: x.repeat(2, 1, 2) * other(2, 3, 4) + x.tile(2).repeat_interleave(1, 0),
    "flips": lambda x: x.flip(0, 1) * x.fliplr() * x.flipud(),
    "each several times": lambda x: x.repeat_interleave(2) * x.repeat_interleave(torch.tensor([1, 0, 2]), 0).sum(),
    "diagonal": lambda x: x.diagonal() * x.diagonal(-1) * x.diag(),
    "diag_embed": lambda x: x.diag_embed(1) * x.sum() + x[:, 0].diag().sum() * x.diagflat().sum(),
    "trace": lambda x: x.trace() * (x[:2] @ x[1:]).trace() * x,
    "triangles": lambda x: x.tril() * x.triu(-1) * x,
    "scatters": lambda x: x.select_scatter(x[0] * x[1], 0, 2) * x.slice_scatter(x[:1] * x[2, 0], 0, 1, 2) * x,
    "scatters on diagonals": lambda x: x.diagonal_scatter(x[0] * x[1]) * x,
    "scatters at strides": lambda x: (x * 1).contiguous().as_strided_scatter(x[0] * x[1], (2,), (3,), 1) * x,
    "as_strided": lambda x: (x * 1).contiguous().as_strided((2, 3), (1, 1), 1) * x.t(),
    "unfold": lambda x: x.unfold(0, 2, 1) * x.unfold(0, 2, 1).sum(1, keepdim=True) * x[0, 0],
    "meshgrid": lambda x: torch.meshgrid(x[0], x[:, 1], indexing="xy")[0] * x,
    "combinations": lambda x: torch.combinations(x[:, 0]) * torch.cartesian_prod(x[0], x[1])[:3],
    "vander": lambda x: torch.vander(x[:, 0], 2) * torch.vander(x[:, 1], 4, True)[:, 2:],
    "moved": lambda x: x.movedim(0, 1) * x.swapaxes(0, 1) * x.adjoint() * x.unflatten(0, (3, 1))[:, 0].mT,
    "taken on": taken_on,
    "written through turned views": turned_views_written,
}

COMPLEX: dict[str, Callable[[Any], Any]] = {
    "joined": lambda z: torch.cat([z, z.real * z[0, 0]]) * torch.stack([z, z.imag + z * 0], 1).sum(),
    "turned": lambda z: z.flip(0) * z.roll(1, 0) * z.repeat(1, 1) * z.diagonal().sum() * z.tril(),
    "adjoint": lambda z: z.adjoint() @ z,
}

OF_NOTHING: dict[str, Callable[[Any], Any]] = {
    "joined": lambda x: torch.cat([x, x * x]) * torch.cat([x, x]).flip(0) + torch.hstack([x, x])[:, 1:3].sum(),
    "parts": lambda x: x.split(2)[0] * x.split(1, 1)[0] * x.roll(1, 0) * x.tril(),
    "diagonals": lambda x: x.diagonal().sum() * x.trace() + x.repeat(2, 1).sum() + x.diag_embed().sum(),
}
