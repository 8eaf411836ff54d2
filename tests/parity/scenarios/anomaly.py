"""set_detect_anomaly and detect_anomaly: what is found, and what is said."""

from typing import Any

from ..catalogue import each
from ..harness import caught


def _nan(torch: Any, op: str) -> Any:
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    y = {
        "pow": lambda: x**0.5 * 0,
        "div": lambda: x / (x * 0),
        "where": lambda: torch.where(x > 0, 1 / x, x),
        "inf": lambda: 1 / x,
        "mul": lambda: x * float("nan"),
        "norm": lambda: x.norm() * float("nan"),
    }[op]()
    return x, y


@each(op=["pow", "div", "where", "inf", "mul", "norm"])
def nan_is_found(torch: Any, op: str) -> Any:
    with torch.autograd.set_detect_anomaly(True):
        x, y = _nan(torch, op)
        return caught(y.sum().backward), x.grad


@each(op=["pow", "div", "mul"])
def nan_is_let_pass(torch: Any, op: str) -> Any:
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        x, y = _nan(torch, op)
        return caught(y.sum().backward), x.grad


@each(op=["div", "mul"])
def detect_anomaly(torch: Any, op: str) -> Any:
    with torch.autograd.detect_anomaly():
        x, y = _nan(torch, op)
        return caught(y.sum().backward), x.grad


@each(op=["div"])
def forward_outside_the_mode(torch: Any, op: str) -> Any:
    x, y = _nan(torch, op)
    with torch.autograd.set_detect_anomaly(True):
        return caught(y.sum().backward), x.grad


def writes_after_use(torch: Any) -> Any:
    with torch.autograd.set_detect_anomaly(True):
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        y.add_(1)
        return caught(y.sum().backward)


def state(torch: Any) -> Any:
    said = [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()]
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        said += [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()]
        with torch.autograd.set_detect_anomaly(False):
            said.append(torch.is_anomaly_enabled())
        said.append(torch.is_anomaly_enabled())
    try:
        torch.autograd.set_detect_anomaly(True)
        said.append(torch.is_anomaly_enabled())
    finally:
        torch.autograd.set_detect_anomaly(False)
    return said + [torch.is_anomaly_enabled()]


def errors_in_hooks_and_functions(torch: Any) -> Any:
    def fail(g: Any) -> None:
        raise KeyError("hook")

    with torch.autograd.set_detect_anomaly(True):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.register_hook(fail)
        return caught(y.sum().backward)


def nan_in_a_function(torch: Any) -> Any:
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * float("nan")

    with torch.autograd.set_detect_anomaly(True):
        return caught(Broken.apply(torch.ones(2, requires_grad=True)).sum().backward)


def the_trace_is_kept(torch: Any) -> Any:
    with torch.autograd.set_detect_anomaly(True):
        y = torch.ones(2, requires_grad=True) * 2
    plain = torch.ones(2, requires_grad=True) * 2
    return "traceback_" in y.grad_fn.metadata, "traceback_" in plain.grad_fn.metadata


def gradients_are_unchanged(torch: Any) -> Any:
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        (x * x).sum().backward()
        return x.grad
