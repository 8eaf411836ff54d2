"""set_detect_anomaly and detect_anomaly: what is found, and what is said."""

import sys
import warnings
from itertools import pairwise
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
    with torch.autograd.set_detect_anomaly(True):
        return caught(_recorded_function(torch, torch.ones(2, requires_grad=True)).sum().backward)


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


def _said(run: Any) -> Any:
    """What a sweep that fails raises, and of each warning the first line and the lines of this file."""
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        raised = caught(run)
    told = []
    for warning in shown:
        lines = str(warning.message).lstrip().splitlines()
        own = [code.strip() for place, code in pairwise(lines) if "in _recorded" in place]
        told.append((lines[0].split(" (Triggered")[0], own))
    return raised, told


def _recorded_function(torch: Any, x: Any) -> Any:
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * float("nan")

    return Broken.apply(x)


def _recorded_write_through_a_view(torch: Any, x: Any) -> Any:
    y = x * 1
    y[0:1].mul_(2)
    y.register_hook(lambda g: g * float("nan"))
    return y


def _recorded_view_made_anew(torch: Any, x: Any) -> Any:
    y = x * 1
    v = y[0:1]
    y.mul_(2)
    v.grad_fn.register_prehook(lambda g: (g[0] * float("nan"),))
    return v


def _recorded_view_written(torch: Any, x: Any) -> Any:
    y = x * 1
    v = y[0:1]
    v.mul_(2)
    v.register_hook(lambda g: g * float("nan"))
    return v


def _recorded_function_through_a_view(torch: Any, x: Any) -> Any:
    class Writes(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    y = x * 1
    Writes.apply(y[0:1])
    y.register_hook(lambda g: g * float("nan"))
    return y


RECORDERS = {
    "function": _recorded_function,
    "write through a view": _recorded_write_through_a_view,
    "view made anew": _recorded_view_made_anew,
    "view written": _recorded_view_written,
    "function through a view": _recorded_function_through_a_view,
}


@each(how=list(RECORDERS), noted=[True, False])
def every_recorder_notes_its_line(torch: Any, how: str, noted: bool) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.set_detect_anomaly(noted):
        y = RECORDERS[how](torch, x).sum()
    with torch.autograd.set_detect_anomaly(True):
        return _said(y.backward)


@each(noted=[True, False])
def what_a_sweep_recorded_names_what_was_swept(torch: Any, noted: bool) -> Any:
    def _recorded() -> Any:
        return (x.sqrt() * x).sum()

    x = torch.tensor([4.0, 1.0], requires_grad=True)
    with torch.autograd.set_detect_anomaly(noted):
        y = _recorded()
    with torch.autograd.set_detect_anomaly(True):
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        (second,) = torch.autograd.grad(g.sum(), x, create_graph=True)
        return _said(lambda: second.backward(torch.tensor([float("nan"), 0.0])))


def saved_before_a_write_through_a_view(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    z = y * y
    y[0:1].mul_(2)
    return caught(z.sum().backward)


def a_warning_made_an_error_does_not_hide_the_cause(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    # The warning is printed; here nothing is.
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with torch.autograd.detect_anomaly(check_nan=False):
            y = x.exp()
            z = y.sum()
            y.add_(1)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return caught(z.backward)
    finally:
        sys.unraisablehook = hook


@each(which=["makes", "mends", "before_makes", "before_mends", "user"], retain=[False, True])
def hooks_around_nan(torch: Any, which: str, retain: bool) -> Any:
    """What a node's hooks leave is looked at, not what its rule gave; what was saved is let go of first."""
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([0.0, 1.0], requires_grad=True)
        makes = which in ("makes", "before_makes", "user")
        if which == "user":

            class Doubles(torch.autograd.Function):
                @staticmethod
                def forward(ctx: Any, x: Any) -> Any:
                    ctx.save_for_backward(x)
                    return x * 2

                @staticmethod
                def backward(ctx: Any, g: Any) -> Any:
                    return g * 2 * ctx.saved_tensors[0]

            y = Doubles.apply(x)
        else:
            y = x * 3 if makes else (x / (x * 0 + 2)).sqrt()
        bad = torch.tensor([float("nan"), 1.0])
        if which.startswith("before"):
            y.grad_fn.register_prehook(lambda g: (bad,) if makes else (torch.zeros(2) + 1,))
        else:
            y.grad_fn.register_hook(lambda g, _: tuple(bad if makes else torch.ones(2) for _ in g))
        total = y.sum()
        first = caught(total.backward, retain_graph=retain)
        return first, x.grad, caught(total.backward)
