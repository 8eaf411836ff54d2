"""A sweep that fails, and those of the same graph after it: what was freed and accumulated, and what they say."""

from typing import Any

from ..catalogue import each
from ..harness import Raised, caught

SWEEPS: list[dict[str, bool]] = [{}, {"retain_graph": True}, {"create_graph": True}]
NAMES = ["once", "retained", "recorded"]


class _StopError(Exception):
    pass


def _stop(*_: Any) -> None:
    raise _StopError("from the hook")


def _brief(call: Any, *arguments: Any, **keywords: Any) -> Any:
    """What a call gives, or the beginning of what it says: the whole text is recorded once, below."""
    told = caught(call, *arguments, **keywords)
    return f"{type(told.error).__name__}: {str(told.error)[:40]}" if isinstance(told, Raised) else told


def _saved(node: Any) -> Any:
    """The saved tensors that can still be read, by name."""
    names = [name for name in ("_saved_self", "_saved_other") if hasattr(type(node), name)]
    return {name: _brief(lambda name=name: str(getattr(node, name))) for name in names}


def _gradients(*leaves: Any) -> str:
    return str([None if leaf.grad is None else leaf.grad.tolist() for leaf in leaves])


@each(first=NAMES, second=NAMES)
def the_whole_text(torch: Any, first: str, second: str) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    handle = x.register_hook(_stop)
    told = caught(y.sum().backward, **SWEEPS[NAMES.index(first)])
    handle.remove()
    return told, caught(y.sum().backward, **SWEEPS[NAMES.index(second)]), x.grad


OPS: dict[str, Any] = {
    "mul": lambda t, x, w: x * w,
    "by_number": lambda t, x, w: x * 2,
    "maximum": lambda t, x, w: t.maximum(x, w),
    "dot": lambda t, x, w: x @ w,
    "exp": lambda t, x, w: x.exp(),
}
PLACES = ["root", "root_before", "root_after", "inner", "inner_before", "inner_after"]
PLACES += ["leaf", "leaf_before", "leaf_after", "accumulated"]


@each(op=["mul", "by_number", "maximum"], place=PLACES, first=NAMES, second=["once", "retained"])
def after_a_hook_that_raises(torch: Any, op: str, place: str, first: str, second: str) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 0.5], requires_grad=True)
    y = x * w
    z = OPS[op](torch, y, w)
    node = y.grad_fn.next_functions[0][0]
    hang = {
        "root": lambda: z.register_hook,
        "root_before": lambda: z.grad_fn.register_prehook,
        "root_after": lambda: z.grad_fn.register_hook,
        "inner": lambda: y.register_hook,
        "inner_before": lambda: y.grad_fn.register_prehook,
        "inner_after": lambda: y.grad_fn.register_hook,
        "leaf": lambda: x.register_hook,
        "leaf_before": lambda: node.register_prehook,
        "leaf_after": lambda: node.register_hook,
        "accumulated": lambda: x.register_post_accumulate_grad_hook,
    }[place]()
    handle, seed = hang(_stop), torch.ones(z.shape)
    told = [_brief(z.backward, seed, **SWEEPS[NAMES.index(first)]), _gradients(x, w)]
    told += [_saved(y.grad_fn), _saved(z.grad_fn)]
    handle.remove()
    x.grad = w.grad = None
    told += [_brief(z.backward, seed, **SWEEPS[NAMES.index(second)]), _gradients(x, w)]
    return told, _brief(z.backward, seed), _saved(y.grad_fn), _saved(z.grad_fn)


@each(op=["mul", "dot", "maximum", "exp"], first=NAMES, second=NAMES)
def after_a_rule_that_raises(torch: Any, op: str, first: str, second: str) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 0.5], requires_grad=True)
    y = OPS[op](torch, x, w)
    (y if op == "exp" else x).detach().add_(1)
    seed = torch.ones(y.shape)
    told = [_brief(y.backward, seed, **SWEEPS[NAMES.index(name)]) for name in (first, second)]
    return told, _brief(y.backward, seed), _saved(y.grad_fn), _gradients(x, w)


@each(first=NAMES, second=NAMES)
def after_anomaly_mode_found_nan(torch: Any, first: str, second: str) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 0.5], requires_grad=True)
    y = x * w
    nan = torch.full((2,), float("nan"))
    torch.autograd.set_detect_anomaly(True)
    told = _brief(y.backward, nan, **SWEEPS[NAMES.index(first)]), _gradients(x, w)
    torch.autograd.set_detect_anomaly(False)
    return told, _brief(y.backward, nan, **SWEEPS[NAMES.index(second)]), _gradients(x, w)


@each(fault=["raises", "count", "type", "size", "after"], first=NAMES, second=["once", "retained"])
def after_a_function_that_fails(torch: Any, fault: str, first: str, second: str) -> Any:
    faulty = [True]

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            a, b = ctx.saved_tensors
            if faulty[0] and fault == "raises":
                raise _StopError("from the function")
            wrong = {"count": g, "type": (1, 2), "size": (torch.ones(3), g)}
            return wrong.get(fault, (g * b, g * a)) if faulty[0] else (g * b, g * a)

    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 0.5], requires_grad=True)
    y = Product.apply(x, w)
    handle = y.grad_fn.register_hook(_stop) if fault == "after" else None
    seed = torch.ones(2)
    told = _brief(y.backward, seed, **SWEEPS[NAMES.index(first)]), _brief(lambda: str(y.grad_fn.saved_tensors))
    faulty[0] = False
    if handle:
        handle.remove()
    again = _brief(y.backward, seed, **SWEEPS[NAMES.index(second)]), _gradients(x, w)
    return told, again, _brief(y.backward, seed), _brief(lambda: str(y.grad_fn.saved_tensors))
