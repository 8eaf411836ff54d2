"""Hooks of leaves: what they may do to the leaf, its gradient and each other while a sweep is under way."""

from typing import Any

from ..catalogue import each
from ..harness import caught


def _leaf(torch: Any) -> Any:
    return torch.ones(2, requires_grad=True)


def _give(leaf: Any, gradient: Any) -> None:
    leaf.grad = gradient


GIVEN: dict[str, Any] = {
    "none": lambda t, g: None,
    "own": lambda t, g: t.full((2,), 10.0),
    "same": lambda t, g: g,
    "double": lambda t, g: g * 2,
}


@each(given=list(GIVEN), create_graph=[False, True], old=[False, True])
def a_hook_sets_the_gradient(torch: Any, given: str, create_graph: bool, old: bool) -> Any:
    x = _leaf(torch)
    x.grad = torch.full((2,), 7.0) if old else None
    seen = []
    x.register_hook(lambda g: seen.append(x.grad) or _give(x, GIVEN[given](torch, g)))
    for factor in (2, 3):
        (x * factor).sum().backward(create_graph=create_graph)
    return seen, x.grad


@each(given=list(GIVEN), create_graph=[False, True])
def a_post_accumulate_hook_sets_the_gradient(torch: Any, given: str, create_graph: bool) -> Any:
    x, seen = _leaf(torch), []
    x.register_post_accumulate_grad_hook(lambda t: _give(t, GIVEN[given](torch, t.grad)))
    x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad))
    for factor in (2, 3):
        (x * factor).sum().backward(create_graph=create_graph)
    return seen, x.grad


@each(after=[False, True])
def two_leaves_take_each_others_gradient(torch: Any, after: bool) -> Any:
    x, w, seen = _leaf(torch), _leaf(torch), []
    for one, other in ((x, w), (w, x)):
        hang = one.register_post_accumulate_grad_hook if after else one.register_hook
        hang(lambda _, other=other: seen.append(other.grad) or _give(other, None))
    (w * (x * 2)).sum().backward()
    return seen, x.grad, w.grad


DTYPES = ["float32", "float64", "float16", "complex64", "bool", "uint8", "int64"]


@each(was=["float32", "float64", "complex64", "complex128"], got=DTYPES)
def a_hook_returns_another_type(torch: Any, was: str, got: str) -> Any:
    x = torch.ones(2, dtype=getattr(torch, was), requires_grad=True)
    x.register_hook(lambda g: torch.ones(2, dtype=getattr(torch, got)))
    return caught((x * 2).backward, torch.ones(2, dtype=getattr(torch, was))), x.grad


RETURNED: dict[str, Any] = {
    "expanded": lambda t, x: t.ones(1).expand(2),
    "leaf": lambda t, x: t.ones(2, requires_grad=True),
    "recorded": lambda t, x: t.ones(2, requires_grad=True) * 3,
    "itself": lambda t, x: x,
    "zero": lambda t, x: 0,
    "false": lambda t, x: False,
    "tuple": lambda t, x: (t.ones(2),),
    "empty": lambda t, x: (),
    "scalar": lambda t, x: t.ones(()),
    "one": lambda t, x: t.ones(1),
}


@each(returned=list(RETURNED), on=["leaf", "inner", "after"])
def what_a_hook_returns(torch: Any, returned: str, on: str) -> Any:
    x = _leaf(torch)
    y = x * 2
    hang = {"leaf": x.register_hook, "inner": y.register_hook, "after": x.register_post_accumulate_grad_hook}[on]
    hang(lambda g: RETURNED[returned](torch, x))
    return caught(y.sum().backward), x.grad, x.grad is x


def what_a_hook_returned_stays_apart(torch: Any) -> Any:
    x, own = _leaf(torch), torch.full((2,), 3.0)
    x.register_hook(lambda g: own)
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    return own, x.grad, x.grad is own


@each(when=["before", "leaf", "inner", "after"], thawed=[False, True])
def a_leaf_is_frozen(torch: Any, when: str, thawed: bool) -> Any:
    x, seen = _leaf(torch), []
    y = x * 2
    x.register_hook(lambda g: seen.append(g))
    x.register_post_accumulate_grad_hook(lambda t: seen.append((t.grad, t.requires_grad)))
    node = y.grad_fn.next_functions[0][0]
    node.register_prehook(lambda outputs: seen.append(outputs))
    node.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))

    def freeze(_: Any) -> None:
        x.requires_grad_(False)
        x.requires_grad_(thawed)

    if when == "before":
        freeze(None)
    else:
        {"leaf": x.register_hook, "inner": y.register_hook, "after": x.register_post_accumulate_grad_hook}[when](freeze)
    y.sum().backward()
    return seen, x.grad, x


@each(removed=["own", "next", "earlier"], on=["leaf", "inner", "after", "node", "node_before", "accumulator"])
def removal_inside_a_hook(torch: Any, removed: str, on: str) -> Any:
    x, seen, handles = _leaf(torch), [], []
    y = x * 2
    hang = {
        "leaf": x.register_hook,
        "inner": y.register_hook,
        "after": x.register_post_accumulate_grad_hook,
        "node": y.grad_fn.register_hook,
        "node_before": y.grad_fn.register_prehook,
        "accumulator": y.grad_fn.next_functions[0][0].register_hook,
    }[on]
    place = {"earlier": 0, "own": 1, "next": 2}[removed]
    for i in range(3):
        handles.append(hang(lambda *_, i=i: seen.append(i) or (handles[place].remove() if i == 1 else None)))
    y.sum().backward(retain_graph=True)
    seen.append("again")
    y.sum().backward()
    return seen, x.grad


@each(inside=["leaf", "after"], hung=["leaf", "after"])
def a_hook_hung_up_inside_a_hook(torch: Any, inside: str, hung: str) -> Any:
    x, seen = _leaf(torch), []
    ways = {"leaf": x.register_hook, "after": x.register_post_accumulate_grad_hook}
    ways[inside](lambda _: ways[hung](lambda _: seen.append("new")) and None)
    (x * 2).sum().backward()
    seen.append("again")
    (x * 2).sum().backward()
    return seen


def hooks_of_the_accumulator_come_in_order(torch: Any) -> Any:
    x, seen = _leaf(torch), []
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    node.register_hook(lambda inputs, outputs: seen.append(("node after", inputs, outputs, x.grad)))
    node.register_prehook(lambda outputs: seen.append(("node before", outputs)) or (outputs[0] * 2,))
    x.register_post_accumulate_grad_hook(lambda t: seen.append(("after", t.grad)))
    node.register_prehook(lambda outputs: seen.append(("node before", outputs)) or (outputs[0] * 3,))
    x.register_hook(lambda g: seen.append(("before", g)))
    y.sum().backward()
    return seen, x.grad, torch.autograd.grad((x * 5).sum(), x), len(seen)


def the_accumulator_gets_none(torch: Any) -> Any:
    x, seen = _leaf(torch), []
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    node.register_prehook(lambda outputs: (None,))
    node.register_prehook(lambda outputs: seen.append(outputs))
    x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad))
    node.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))
    y.sum().backward()
    return seen, x.grad


ANSWERS: dict[str, Any] = {
    "empty": lambda t: (),
    "one": lambda t: (t.ones(2),),
    "two": lambda t: (t.ones(2), t.ones(2)),
    "size": lambda t: (t.ones(3),),
    "dtype": lambda t: (t.ones(2, dtype=t.float64),),
    "none": lambda t: (None,),
    "tensor": lambda t: t.ones(2),
    "list": lambda t: [t.ones(2)],
    "int": lambda t: (1,),
}


@each(answer=list(ANSWERS), before=[True, False])
def answers_of_the_accumulators_hooks(torch: Any, answer: str, before: bool) -> Any:
    x = _leaf(torch)
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    if before:
        node.register_prehook(lambda outputs: ANSWERS[answer](torch))
    else:
        node.register_hook(lambda inputs, outputs: ANSWERS[answer](torch))
    return caught(y.sum().backward), x.grad


@each(wanted=["x", "w", "y", "both"], way=["backward", "grad"])
def hooks_of_leaves_that_are_not_asked_for(torch: Any, wanted: str, way: str) -> Any:
    x, w, seen = _leaf(torch), _leaf(torch), []
    y = x * 2
    z = (y * w).sum()
    for name, tensor in (("x", x), ("w", w), ("y", y)):
        tensor.register_hook(lambda g, name=name: seen.append(name))
    x.register_post_accumulate_grad_hook(lambda t: seen.append("x after"))
    w.register_post_accumulate_grad_hook(lambda t: seen.append("w after"))
    inputs = {"x": [x], "w": [w], "y": [y], "both": [w, x]}[wanted]
    found = z.backward(inputs=inputs) if way == "backward" else torch.autograd.grad(z, inputs)
    return found, seen, x.grad, w.grad


@each(after=[False, True])
def a_hook_sweeps_its_own_leaf(torch: Any, after: bool) -> Any:
    x, count = _leaf(torch), []

    def again(_: Any) -> None:
        count.append(x.grad.clone() if x.grad is not None else None)
        if len(count) < 3:
            with torch.enable_grad():
                (x * 5).sum().backward()

    (x.register_post_accumulate_grad_hook if after else x.register_hook)(again)
    (x * 2).sum().backward()
    return count, x.grad


def a_written_leaf_in_its_hook(torch: Any) -> Any:
    x = _leaf(torch)

    def write(_: Any) -> None:
        with torch.no_grad():
            x.add_(1)

    x.register_hook(write)
    (x * x).sum().backward()
    return x.grad, x


def a_leaf_that_nobody_holds(torch: Any) -> Any:
    x, seen = _leaf(torch), []
    x.register_hook(seen.append)
    x.register_post_accumulate_grad_hook(seen.append)
    y = (x * 2).sum()
    del x
    y.backward()
    return seen, seen[1].grad
