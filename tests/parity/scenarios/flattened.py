"""Names for other shapes: flatten, ravel."""

from typing import Any

from ..catalogue import each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor


@each(layout=LAYOUTS)
def flattened(torch: Any, layout: str) -> Any:
    x = laid_out(torch, layout, 7, "float32", -3.0)
    return torch.flatten(x), x.ravel(), torch.ravel(x).stride(), x.flatten(start_dim=0, end_dim=-1)


@each(shape=[(), (3,), (2, 3), (2, 0, 3), (2, 3, 4, 1)])
def flattened_between(torch: Any, shape: tuple[int, ...]) -> Any:
    x = tensor(torch, shape, 5, "float32")
    n = len(shape)
    return [caught(torch.flatten, x, a, b) for a in range(-n - 1, n + 1) for b in range(-n - 1, n + 1)]


@each(op=["flatten", "ravel"], layout=LAYOUTS)
def nodes(torch: Any, op: str, layout: str) -> Any:
    x = laid_out(torch, layout, 3, "float64", -3.0).requires_grad_(True)
    y = getattr(x * 2, op)()
    y.sum().backward()
    return graph(y), y._is_view(), y.data_ptr() == x.data_ptr(), x.grad
