"""Gradients that were cleared by `zero_()`: large ones, whose zeros may be written later than they are asked for."""

import copy
import pickle
from typing import Any

from ..catalogue import close, each

SIZE = 2000
ROWS = (40, 50)


def leaf(torch: Any, dtype: str = "float32") -> Any:
    """A leaf with a gradient that is not 0."""
    x = (torch.arange(SIZE, dtype=getattr(torch, dtype)) - 1000).requires_grad_()
    (x * 3).sum().backward()
    return x


def told(g: Any) -> list[Any]:
    """What a large tensor holds: every element counts, and so does the sign of each zero."""
    flat = g.detach().reshape(-1)
    positive = (1 / flat.abs().real + 1 / flat.real > 0).sum() if not flat.dtype.is_complex else 0
    return [flat[:3], flat[-2:], flat.sum(), (flat * flat).sum(), positive, g._version]


def written(torch: Any, x: Any) -> None:
    x.grad.mul_(2)


USES: dict[str, Any] = {
    "sum": lambda torch, x: x.grad.sum(),
    "item": lambda torch, x: x.grad[7].item(),
    "tolist": lambda torch, x: x.grad.tolist()[5:9],
    "repr": lambda torch, x: repr(x.grad[:4]),
    "slice": lambda torch, x: x.grad[3:9].add_(1),
    "view": lambda torch, x: x.grad.view(ROWS)[1:3].fill_(2),
    "clone": lambda torch, x: x.grad.clone()[:3],
    "detach": lambda torch, x: x.grad.detach().add_(x.detach())[:3],
    "data": lambda torch, x: x.grad.data.sub_(1)[:3],
    "operand": lambda torch, x: (x.grad + x.detach())[:3],
    "out": lambda torch, x: torch.add(x.detach(), 1, out=x.grad)[:3],
    "mul_": written,
    "add_": lambda torch, x: x.grad.add_(x.detach(), alpha=2)[:3],
    "add itself": lambda torch, x: x.grad.add_(x.grad)[:3],
    "copy_": lambda torch, x: x.grad.copy_(x.detach())[:3],
    "copied from": lambda torch, x: torch.ones(SIZE).copy_(x.grad)[:3],
    "fill_": lambda torch, x: x.grad.fill_(4)[:3],
    "index": lambda torch, x: x.grad[torch.tensor([5, 7])],
    "written at": lambda torch, x: x.grad.__setitem__(torch.tensor([5, 7]), 3),
    "numpy": lambda torch, x: x.grad.numpy()[:4].tolist(),
    "numpy writes": lambda torch, x: x.grad.numpy().__setitem__(slice(2, 5), 6.0),
    "pickle": lambda torch, x: pickle.loads(pickle.dumps(x.grad))[:3],
    "deepcopy": lambda torch, x: copy.deepcopy(x.grad)[:3],
    "bits": lambda torch, x: x.grad.view(torch.int32).max(),
    "cleared again": lambda torch, x: x.grad.zero_()[:2],
    "converted": lambda torch, x: x.grad.double()[:3],
    "compared": lambda torch, x: (x.grad == 0).sum(),
    "a product": lambda torch, x: x.grad.view(ROWS) @ x.detach().view(ROWS).t(),
    "strided": lambda torch, x: x.grad[::3].contiguous()[:3],
    "moved": lambda torch, x: setattr(x, "grad", x.grad.t()),
    "set_data": lambda torch, x: setattr(x.grad, "data", x.detach().clone()),
    "nothing": lambda torch, x: None,
}


@close(rtol=1e-5)
@each(use=list(USES))
def used(torch: Any, use: str) -> Any:
    x = leaf(torch)
    x.grad.zero_()
    seen = USES[use](torch, x)
    (x * -1).sum().backward()
    return [seen, *told(x.grad)]


SWEEPS: dict[str, Any] = {
    "product": lambda x: (x * x).sum(),
    "dot": lambda x: x.dot(x) * 2,
    "sum": lambda x: x.sum(),
    "minus": lambda x: (x * -0.0).sum(),
    "minus sum": lambda x: x.sum() * -0.0,
    "twice": lambda x: (x * 2).sum() + (x * x * x).sum(),
    "mean": lambda x: x.view(ROWS).mean(0).sum(),
    "matrix": lambda x: (x.view(ROWS) @ x.view(ROWS).t()).sum(),
    "rows": lambda x: (x.view(ROWS) * x[:50]).sum(),
    "itself": lambda x: (x * x.grad.detach()).sum(),
    "exp": lambda x: (x * 0.001).exp().sum(),
}


@close(rtol=1e-5)
@each(sweep=list(SWEEPS), dtype=["float32", "float64", "float16"])
def swept(torch: Any, sweep: str, dtype: str) -> Any:
    if dtype == "float16" and sweep in ("product", "dot", "twice", "matrix", "rows"):
        return None  # Beyond what it holds.
    x = leaf(torch, dtype)
    before, told_of = x.grad, []
    for _ in range(2):
        x.grad.zero_()
        SWEEPS[sweep](x).backward()
        told_of += told(x.grad)
    return told_of, x.grad is before


@close(rtol=1e-5)
def among_leaves(torch: Any) -> Any:
    x, y = leaf(torch), leaf(torch)
    x.grad.zero_()
    y.grad.zero_()
    ((x * y).sum() + x.sum()).backward()
    return told(x.grad), told(y.grad)


@close(rtol=1e-5)
def a_part_is_a_gradient(torch: Any) -> Any:
    x, part = leaf(torch), torch.ones(1500, requires_grad=True)
    part.grad = x.grad[:1500]
    x.grad.zero_()
    (part * 2).sum().backward()
    part.sum().backward()
    return told(x.grad), told(part.grad)


@close(rtol=1e-5)
def a_sweep_that_is_recorded(torch: Any) -> Any:
    x = leaf(torch)
    x.grad.zero_()
    (x * x * x).sum().backward(create_graph=True)
    return told(x.grad)


def a_sweep_that_fails(torch: Any) -> Any:
    x = leaf(torch)
    x.grad.zero_()
    y = x * 2
    z = (y * y).sum()
    y.data = y.data * 1
    with torch.no_grad():
        y.mul_(2)
    try:
        z.backward()
    except RuntimeError as error:
        return str(error)[:60], told(x.grad)


def inference_and_versions(torch: Any) -> Any:
    x = leaf(torch)
    saved = x.grad.requires_grad_()
    y = saved * saved
    with torch.no_grad():
        saved.zero_()
    try:
        y.sum().backward()
    except RuntimeError as error:
        return str(error)[:60], told(saved)
