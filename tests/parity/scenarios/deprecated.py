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
