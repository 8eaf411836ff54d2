"""How gradients lie: the strides of `.grad`, those of dimensions of extent 1 too, for layouts that are drawn."""

from typing import Any

from ..catalogue import each
from ..inputs import words

OPERATORS = {
    "mul": lambda x: x * 1,
    "exp": lambda x: x.exp(),
    "view_as": lambda x: x.view_as(x),
    "clone": lambda x: x.clone(),
    "transpose": lambda x: x.transpose(0, -1),
    "square": lambda x: x * x,
    "squeeze": lambda x: x.squeeze(),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "expand": lambda x: x.expand((2, *x.shape)),
    "sum": lambda x: x.sum(),
    "sum of the last": lambda x: x.sum(-1, keepdim=True),
    "select": lambda x: x[0],
    "reshape": lambda x: x.reshape(-1),
}


class _Drawn:
    def __init__(self, seed: int) -> None:
        self.stream = words(seed)

    def below(self, count: int) -> int:
        return int(next(self.stream) % count)

    def order(self, count: int) -> list[int]:
        left = list(range(count))
        return [left.pop(self.below(len(left))) for _ in range(count)]


def _laid(torch: Any, shape: list[int], drawn: _Drawn) -> Any:
    """Ones of that shape: in order, permuted, with gaps, or with odd strides where an extent is 1."""
    kind, order = drawn.below(5), drawn.order(len(shape))
    back = [order.index(i) for i in range(len(shape))]
    base = [shape[i] for i in order]
    if kind == 0 or not shape:
        return torch.ones(shape)
    if kind == 1:
        return torch.ones([*base[:-1], base[-1] * 2])[..., ::2].permute(back)
    if kind == 2:
        t = torch.ones([3 if extent == 1 else extent for extent in shape])
        for i, extent in enumerate(shape):
            if extent == 1:
                t = t[(slice(None),) * i + (slice(drawn.below(3), None, 4),)]
        return t
    return torch.ones(base).permute(back)


@each(operator=list(OPERATORS), seed=range(6))
def strides(torch: Any, operator: str, seed: int) -> Any:
    drawn = _Drawn(1000 * list(OPERATORS).index(operator) + seed)
    said = []
    for _ in range(12):
        shape = [[1, 1, 2, 3][drawn.below(4)] for _ in range(1 + drawn.below(4))]
        x = _laid(torch, shape, drawn).detach().requires_grad_()
        y = OPERATORS[operator](x)
        g = _laid(torch, list(y.shape), drawn)
        how = drawn.below(4)
        if how == 3:
            said.append(torch.autograd.grad(y, x, g)[0].stride())
            continue
        y.backward(g, retain_graph=True, create_graph=how == 1)
        if how == 2:
            y.backward(g)
        said.append(x.grad.stride())
    return said


@each(operator=["max", "min", "median", "nanmedian"])
def of_one_element_of_all(torch: Any, operator: str) -> Any:
    """The gradient itself, not as its leaf lies."""
    laid = [
        torch.arange(6.0).reshape(2, 3).t(),
        torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1),
        torch.ones(6, 2)[::2],
    ]
    leaves = [x.requires_grad_() for x in laid]
    return [torch.autograd.grad(getattr(x, operator)(), x)[0].stride() for x in leaves]
