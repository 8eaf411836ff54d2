"""register_hook, retain_grad, post-accumulate hooks and node hooks: order, replaced gradients, removal, errors."""

from typing import Any

from ..catalogue import each
from ..harness import caught


def a_hook_sees_the_gradient(torch: Any) -> Any:
    seen = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: seen.append(g.clone()))
    (y * y).sum().backward()
    return seen, x.grad


def a_hook_replaces_the_gradient(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: None)
    y.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: -g)
    y.sum().backward()
    return x.grad


def hooks_run_in_order(torch: Any) -> Any:
    seen = []
    x = torch.ones(1, requires_grad=True)
    y = x * 2
    z = y * 3
    for name, tensor in (("x", x), ("z1", z), ("y1", y), ("z2", z), ("y2", y)):
        tensor.register_hook(lambda g, name=name: seen.append(name))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append("y post"))
    y.grad_fn.register_prehook(lambda outputs: seen.append("y pre"))
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("x accumulated"))
    z.backward()
    return seen


def a_leafs_hook_sees_the_sum(torch: Any) -> Any:
    seen = []
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: seen.append(g.clone()))
    (x * 2 + x * 3).sum().backward()
    (x * 4).sum().backward()
    return seen, x.grad


def removal(torch: Any) -> Any:
    seen = []
    x = torch.ones(2, requires_grad=True)
    first = x.register_hook(lambda g: seen.append("first"))
    x.register_hook(lambda g: seen.append("second"))
    x.sum().backward()
    first.remove()
    first.remove()
    x.sum().backward()
    with x.register_hook(lambda g: seen.append("scoped")):
        x.sum().backward()
    x.sum().backward()
    return seen


def registration_is_refused(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return [
        caught(torch.ones(2).register_hook, lambda g: g),
        caught((x * 2).register_post_accumulate_grad_hook, lambda t: None),
        caught(torch.ones(2).register_post_accumulate_grad_hook, lambda t: None),
        caught(torch.ones(2).retain_grad),
        caught(x.register_hook),
    ]


def _results(torch: Any) -> dict[str, Any]:
    return {
        "string": "a",
        "number": 1.0,
        "size": torch.ones(3),
        "dtype": torch.ones(2, dtype=torch.float64),
        "column": torch.ones(2, 1),
        "int": torch.ones(2, dtype=torch.int64),
    }


@each(result=["string", "number", "size", "dtype", "column", "int"], on=["leaf", "inner"])
def results_that_do_not_fit(torch: Any, result: str, on: str) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    (x if on == "leaf" else y).register_hook(lambda g: _results(torch)[result])
    return caught(y.sum().backward), x.grad


@each(error=[KeyError, ZeroDivisionError, ValueError, RuntimeError, StopIteration])
def exceptions_come_out_as_they_are(torch: Any, error: type[Exception]) -> Any:
    def fail(gradient: Any) -> None:
        raise error("from the hook")

    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(fail)
    return caught(y.sum().backward), x.grad


def in_place_in_a_hook(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g.mul_(2))
    z = x * 3
    z.register_hook(lambda g: g.mul_(2))
    return caught(y.sum().backward), x.grad, caught((z * torch.ones(2)).backward, torch.ones(2)), x.grad


def hooks_and_in_place_writes(torch: Any) -> Any:
    seen = []
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: seen.append(("before", g.clone())))
    y.mul_(3)
    y.register_hook(lambda g: seen.append(("after", g.clone())))
    y.sum().backward()
    return seen, x.grad


def retained_gradients(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.retain_grad()
    before = (y.grad, y.retains_grad, x.retains_grad)
    (y * 3).sum().backward(retain_graph=True)
    first = y.grad.clone()
    (y * 4).sum().backward()
    x.retain_grad()
    return before, first, y.grad, x.grad


def retained_gradients_see_all_hooks(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.sum().backward()
    return y.grad, x.grad


def retained_gradients_and_in_place(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    return y.grad, x.grad


def retained_gradient_under_create_graph(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * x
    y.retain_grad()
    (y * y).sum().backward(create_graph=True)
    return y.grad.requires_grad, y.grad


def post_accumulate_hooks(torch: Any) -> Any:
    seen = []
    x = torch.ones(2, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append((leaf is x, leaf.grad.clone())))
    (x * 2 + x).sum().backward()
    (x * 2).sum().backward()
    torch.autograd.grad(x.sum(), x)
    y = torch.ones(2, requires_grad=True)
    y.register_post_accumulate_grad_hook(lambda leaf: "not None")
    return seen, caught(y.sum().backward)


def optimizer_in_a_hook(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)

    def step(leaf: Any) -> None:
        with torch.no_grad():
            leaf -= 0.5 * leaf.grad
        leaf.grad = None

    x.register_post_accumulate_grad_hook(step)
    (x * x).sum().backward()
    (x * 2).sum().backward()
    return x, x.grad


def node_hooks(torch: Any) -> Any:
    seen = []
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 10,))
    y.sum().backward()
    return seen, x.grad


def node_hook_replaces(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda inputs, outputs: tuple(g if g is None else g * 5 for g in inputs))
    y.sum().backward()
    return x.grad


def hooks_that_call_backward(torch: Any) -> Any:
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = x * 2

    def again(g: Any) -> None:
        with torch.enable_grad():
            (w * g).sum().backward()

    y.register_hook(again)
    y.sum().backward()
    return x.grad, w.grad


def hooks_under_create_graph(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.register_hook(lambda g: g * x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return first, torch.autograd.grad(first.sum(), x)


def a_hook_added_during_backward(torch: Any) -> Any:
    seen = []
    x = torch.ones(1, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: x.register_hook(lambda h: seen.append("late")) and None)
    y.backward()
    return seen, x.grad


def hooks_of_unreached_tensors(torch: Any) -> Any:
    seen = []
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    w.register_hook(lambda g: seen.append("w"))
    (x * 2).sum().backward()
    return seen, w.grad


def hook_handles_have_ids(torch: Any) -> Any:
    handle = torch.ones(1, requires_grad=True).register_hook(lambda g: None)
    return type(handle).__name__, isinstance(handle.id, int)


def leaves_are_served_when_complete(torch: Any) -> Any:
    """Between which hooks on nodes a leaf's own are called, and what `.grad` shows meanwhile."""
    seen = []
    early, late = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    h = late * late
    h.register_hook(lambda g: seen.append(("h", early.grad is None, late.grad is None)))
    k = h * early
    k.register_hook(lambda g: seen.append(("k", early.grad is None, late.grad is None)))
    early.register_hook(lambda g: seen.append(("early", g.clone())))
    late.register_hook(lambda g: seen.append(("late", g.clone())))
    early.register_post_accumulate_grad_hook(lambda leaf: seen.append(("after", leaf.grad.clone())))
    (k + late).sum().backward()
    return seen, early.grad, late.grad


def leaves_that_were_complete_before_an_error(torch: Any) -> Any:
    def fail(g: Any) -> None:
        raise ValueError("stop")

    complete, behind, both = (torch.ones(2, requires_grad=True) for _ in range(3))
    h = behind * both
    h.register_hook(fail)
    return caught((h * complete + both).sum().backward), complete.grad, behind.grad, both.grad


def a_node_hook_takes_a_gradient_away(torch: Any) -> Any:
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = x * w
    y.grad_fn.register_hook(lambda inputs, outputs: (None, inputs[1] * 3))
    y.sum().backward()
    return x.grad, w.grad


def a_node_prehook_takes_every_gradient_away(torch: Any) -> Any:
    seen = []
    x = torch.ones(2, requires_grad=True)
    y = x * x
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))
    y.grad_fn.register_prehook(lambda outputs: (None,))
    y.sum().backward()
    return x.grad, seen, caught(y.sum().backward)


def a_node_hook_cannot_give_for_what_is_taken_away(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * x
    y.grad_fn.register_prehook(lambda outputs: (None,))
    y.grad_fn.register_prehook(lambda outputs: (torch.ones(2),))
    return caught(y.sum().backward)


def a_node_hook_takes_one_of_two_ways_away(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    z = x * 1
    y = z * 2
    y.grad_fn.register_prehook(lambda outputs: (None,))
    (y.sum() + z.sum()).backward()
    return x.grad


def hook_of_a_leaf_that_is_not_asked_for(torch: Any) -> Any:
    seen: list[str] = []
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: seen.append("x"))
    y.register_hook(lambda g: seen.append("y"))
    b = (x * 2) * y
    asked = torch.autograd.grad(b.sum(), [x], retain_graph=True)
    first = list(seen)
    b.sum().backward(inputs=[x])
    return asked, first, seen, y.grad


@each(op=["mul", "matmul", "add", "where", "user", "chain"], asked=["first", "second", "both"])
def gradients_of_inputs_that_nobody_asked_for(torch: Any, op: str, asked: str) -> Any:
    """A node's hook sees none: a sweep that is asked for some places computes what leads there and nothing else."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            a, b = ctx.saved_tensors
            return g * b, g * a, *()

    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 5.0], requires_grad=True)
    h = a * 2
    y = {
        "mul": lambda: a * b,
        "matmul": lambda: a @ b,
        "add": lambda: a + b,
        "where": lambda: torch.where(b > 4, a, b),
        "user": lambda: Product.apply(a, b),
        "chain": lambda: h * b,
    }[op]()
    seen = []
    y.grad_fn.register_hook(lambda inputs, _: seen.append(inputs))
    places = {"first": [h if op == "chain" else a], "second": [b], "both": [a, b]}[asked]
    found = torch.autograd.grad(y.sum(), places, retain_graph=True)
    y.sum().backward(inputs=places)
    return found, seen, a.grad, b.grad
