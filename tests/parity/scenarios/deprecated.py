"""Signatures for old programs, with a number before the tensors: values, gradients and refusals."""

import warnings
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import tensor

CALLS: dict[str, Any] = {
    "add": lambda t, x, y, v: (t.add(x, 2, y), x.add(2, y), x.clone().add_(-0.5, y), x.add(2, 3)),
    "sub": lambda t, x, y, v: (t.sub(x, 2, y), x.sub(2, y), x.clone().sub_(0.5, y), x.sub(2, 3)),
    "addcmul": lambda t, x, y, v: (t.addcmul(x, 2, y, y), x.clone().addcmul_(0.5, y, x)),
    "addcdiv": lambda t, x, y, v: (t.addcdiv(x, 2, y, y), x.clone().addcdiv_(0.5, y, x)),
    "addmm": lambda t, x, y, v: (t.addmm(2, x, y, y), t.addmm(2, x, 3, y, y), x.addmm(2, y, y), x.addmm(2, 0.5, y, y)),
    "addmm_": lambda t, x, y, v: (x.clone().addmm_(2, y, y), x.clone().addmm_(2, 3, y, y)),
    "addmv": lambda t, x, y, v: (t.addmv(2, v, y, v), v.addmv(2, 3, y, v)),
    "addr": lambda t, x, y, v: (t.addr(2, x, v, v), x.addr(2, 3, v, v)),
    "baddbmm": lambda t, x, y, v: (t.baddbmm(2, x[None], y[None], y[None]), x[None].baddbmm(2, 3, y[None], y[None])),
    "addbmm": lambda t, x, y, v: (t.addbmm(2, x, y[None], y[None]), x.addbmm(2, 3, y[None], y[None])),
    "out": lambda t, x, y, v: (t.add(x.detach(), 2, y, out=t.empty(2, 2, dtype=t.float64)),),
}


@close()
@each(call=list(CALLS))
def called(torch: Any, call: str) -> Any:
    x = tensor(torch, (2, 2), 1).double().requires_grad_()
    y, v = tensor(torch, (2, 2), 2).double() + 4, tensor(torch, (2,), 3).double()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = CALLS[call](torch, x, y, v)
        grads = [torch.autograd.grad(m.sum(), x, allow_unused=True) for m in made if m.requires_grad]
    return made, [graph(m) for m in made], grads


def refused(torch: Any) -> Any:
    x = torch.ones(2, 2)
    return [
        caught(lambda: torch.add(x, 2, x, 3)),
        caught(lambda: torch.add(x, 2, "y")),
        caught(lambda: torch.addmm(2, x, "y", x)),
        caught(lambda: x.addcmul_(2, x)),
        caught(lambda: x.add_(2, None)),
    ]


def resized(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 4).requires_grad_()
    turned = x.detach().t().requires_grad_()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = [x.resize(6), x.resize(3, 2), x.resize_as(x.detach().flatten()), turned.resize(6), (x * 1).resize(6)]
        plain, apart = torch.ones(4), torch.arange(4.0).reshape(2, 2).t()
        shown = plain.resize(2, 2).add_(1)
        grads = [torch.autograd.grad((m * m).sum(), leaf) for m, leaf in zip(made, (x, x, x, turned, x), strict=True)]
        refusals = [
            caught(lambda: x.resize(5)),
            caught(lambda: x.resize()),
            caught(lambda: x.resize((3, 2))),
            caught(lambda: x.resize("a")),
            caught(lambda: x.resize_as(torch.ones(2))),
            caught(lambda: x.resize_as(4)),
            caught(lambda: (x * 1).resize(6).add_(1)),
        ]
        versions = shown, plain, plain._version, apart.resize(4), apart.resize(4).data_ptr() == apart.data_ptr()
    return made, [graph(m) for m in made], grads, refusals, versions, [str(warning.message) for warning in told]


@each(alpha=[1, 3])
def subtract_with_a_number_by_place(torch: Any, alpha: int) -> Any:
    x = tensor(torch, (2, 2), 1).requires_grad_()
    made = [
        torch.subtract(x, 2.0, alpha),
        x.subtract(2.0, alpha),
        (x * 1).subtract_(2.0, alpha),
        torch.subtract(x, 2.0, alpha=alpha),
        torch.subtract(x, x.detach(), alpha=alpha),
    ]
    return made, [graph(m) for m in made], [torch.autograd.grad(m.sum(), x) for m in made]


@each(alpha=[1, 2.5])
def second_derivatives_of_differences(torch: Any, alpha: float) -> Any:
    x, y = tensor(torch, (2,), 1).requires_grad_(), tensor(torch, (2,), 2).requires_grad_()
    found = []
    for r in (torch.sub(x, y, alpha=alpha), x.subtract(2.0, alpha)):
        gradient = torch.autograd.grad((r**2).sum(), x, create_graph=True)[0]
        found.append((r, graph(gradient), torch.autograd.grad(gradient.sum(), x)))
    return found
