"""Gradients that are added to what is there: in place, in what order, and where they lie in each other's memory."""

from typing import Any

from ..catalogue import each
from ..inputs import tensor

LAST: dict[str, Any] = {
    "dot": lambda torch, x: torch.dot(x, x),
    "dot with another": lambda torch, x: torch.dot(x, tensor(torch, (5,), 7)),
    "sum": lambda torch, x: x.sum(),
    "scaled": lambda torch, x: (x * 3).sum(),
    "its own product": lambda torch, x: (x * x).sum(),
    "both sides": lambda torch, x: (x * x.relu()).sum(),
    "twice": lambda torch, x: torch.dot(x, x) + x.sum(),
    "a sum of it": lambda torch, x: torch.dot(x + x, x),
    "power": lambda torch, x: (x**2).sum(),
    "spread": lambda torch, x: x[:1].expand(3).sum() + x.sum() * 2,
    "less of it": lambda torch, x: x[1:3].sum(),
    "through a view": lambda torch, x: torch.dot(x.view(5), x.view(5)),
    "a mean": lambda torch, x: x.mean(),
}
"""Functions of a leaf, which differ in what reaches it last and how often."""


@each(last=list(LAST), dtype=["float32", "float64", "float16"])
def sums_have_torchs_order(torch: Any, last: str, dtype: str) -> Any:
    x = tensor(torch, (5,), 1, "float32").to(getattr(torch, dtype)).requires_grad_()
    seen = []
    for _ in range(3):
        LAST[last](torch, x.to(torch.float32)).backward()
        seen.append(x.grad.clone())
    return seen


@each(last=list(LAST))
def of_float32_itself(torch: Any, last: str) -> Any:
    x = tensor(torch, (5,), 1).requires_grad_()
    x.grad = tensor(torch, (5,), 2) / 3
    held, seen = x.grad, []
    for _ in range(3):
        LAST[last](torch, x).backward()
        seen += [held.clone(), held._version, held is x.grad]
    return seen


@each(last=list(LAST), where=["the leaf", "a column", "fresh", "a part"])
def a_gradient_in_other_memory(torch: Any, last: str, where: str) -> Any:
    x = tensor(torch, (5,), 1).requires_grad_()
    wide = tensor(torch, (12,), 3)
    if where == "the leaf":
        x.grad = x.detach()
    elif where == "a column":
        x.grad = wide[:10].view(2, 5).t()[:, 0]
    elif where == "fresh":
        x.grad = torch.ones(5) * 2
    else:
        x.grad = wide[3:8]
    LAST[last](torch, x).backward()
    return x.grad, x.detach(), wide, x.grad.stride(), x.grad._version


@each(seed=["the gradient", "a part of it", "another"])
def a_seed_that_is_the_gradient(torch: Any, seed: str) -> Any:
    x = tensor(torch, (4,), 1).requires_grad_()
    x.grad = tensor(torch, (4,), 2)
    if seed == "the gradient":
        (x * 2).backward(x.grad)
    elif seed == "a part of it":
        x[1:3].backward(x.grad[:2])
    else:
        x.sum().backward(torch.tensor(3.0))
    return x.grad, x.grad._version


@each(retain=[False, True])
def a_factor_that_is_the_gradient(torch: Any, retain: bool) -> Any:
    x = tensor(torch, (4,), 1).requires_grad_()
    x.grad = tensor(torch, (4,), 2)
    y = torch.dot(x, x.grad)
    y.backward(retain_graph=retain)
    seen = [x.grad.clone(), x.grad._version]
    y.backward()
    return seen, x.grad


@each(shape=[(), (0,), (1,), (2, 3), (2, 0)])
def of_any_shape(torch: Any, shape: tuple[int, ...]) -> Any:
    x = tensor(torch, shape, 1).requires_grad_()
    for _ in range(2):
        x.sum().backward()
    first = x.grad.clone()
    (x * 2).sum().backward()
    return first, x.grad


def a_leaf_frozen_before_its_turn(torch: Any) -> Any:
    x = tensor(torch, (4,), 1).requires_grad_()
    torch.dot(x, x).backward()
    y = torch.dot(x, x)
    x.requires_grad_(False)
    y.backward()
    return x.grad


def a_leaf_between_two_others(torch: Any) -> Any:
    x = tensor(torch, (4,), 1).requires_grad_()
    w = tensor(torch, (4,), 2).requires_grad_()
    for _ in range(2):
        (torch.dot(x, w) + torch.dot(w, w)).backward()
    return x.grad, w.grad


def a_gradient_with_a_graph_of_its_own(torch: Any) -> Any:
    x = tensor(torch, (4,), 1).requires_grad_()
    (x**3).sum().backward(create_graph=True)
    first = x.grad
    torch.dot(x, x).backward()
    return first, x.grad is first, x.grad.requires_grad


def while_another_leaf_is_watched(torch: Any) -> Any:
    x = tensor(torch, (4,), 1).requires_grad_()
    w = tensor(torch, (4,), 2).requires_grad_()
    seen: list[Any] = []
    w.register_hook(lambda g: seen.append((g.clone(), None if x.grad is None else x.grad.clone())))
    for _ in range(2):
        torch.dot(x, x).backward()
        torch.dot(w, w).backward()
        torch.dot(x, w).backward()
    return seen, x.grad, w.grad


def under_anomaly_mode(torch: Any) -> Any:
    x = tensor(torch, (4,), 1).requires_grad_()
    with torch.autograd.set_detect_anomaly(True):
        for _ in range(2):
            torch.dot(x, x).backward()
    return x.grad


@each(seer=["function", "hook", "node hook", "another's hook"])
def what_is_complete_is_seen(torch: Any, seer: str) -> Any:
    a, b, c = (tensor(torch, (3,), seed).requires_grad_() for seed in (1, 2, 3))
    seen: list[Any] = []

    def look() -> None:
        seen.append([None if t.grad is None else t.grad.clone() for t in (a, b, c)])

    class Seer(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            look()
            return g * 2

    h = a * 3
    if seer == "function":
        y = Seer.apply(h)
    else:
        y = h * 2
    if seer == "hook":
        y.register_hook(lambda g: look())
    elif seer == "node hook":
        y.grad_fn.register_hook(lambda inputs, outputs: look())
    elif seer == "another's hook":
        (c * 1).register_hook(lambda g: look())
    for _ in range(2):
        (y.sum() + (b * c).sum() + b.sum()).backward(retain_graph=True)
    return seen, a.grad, b.grad, c.grad
