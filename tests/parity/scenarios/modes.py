"""no_grad, enable_grad, set_grad_enabled: as contexts, decorators, calls, in generators and threads."""

import threading
from typing import Any

from ..catalogue import each
from ..harness import caught


def contexts(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    said = [torch.is_grad_enabled()]
    with torch.no_grad():
        said += [torch.is_grad_enabled(), x * 2, torch.ones(1, requires_grad=True)]
        with torch.enable_grad():
            said += [torch.is_grad_enabled(), x * 2]
        said.append(torch.is_grad_enabled())
    return said + [torch.is_grad_enabled(), x * 2]


@each(mode=[True, False])
def set_grad_enabled_as_context(torch: Any, mode: bool) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.set_grad_enabled(mode):
        inside = (torch.is_grad_enabled(), x * 2)
    return inside, torch.is_grad_enabled()


def set_grad_enabled_as_call(torch: Any) -> Any:
    said = []
    try:
        torch.set_grad_enabled(False)
        said.append(torch.is_grad_enabled())
        torch.set_grad_enabled(mode=True)
        said.append(torch.is_grad_enabled())
    finally:
        torch.set_grad_enabled(True)
    return said, caught(torch.set_grad_enabled)


@each(decorator=["no_grad", "no_grad()", "enable_grad()", "enable_grad", "set_grad_enabled(False)"])
def decorators(torch: Any, decorator: str) -> Any:
    name, _, arguments = decorator.partition("(")
    make = getattr(torch, name)
    if arguments:
        make = make(False) if "False" in arguments else make()
    before = torch.is_grad_enabled()

    @make
    def double(x: Any) -> Any:
        """Twice x."""
        return torch.is_grad_enabled(), x * 2

    with torch.no_grad():
        in_no_grad = double(torch.ones(1, requires_grad=True))
    return (
        before,
        torch.is_grad_enabled(),
        double(torch.ones(1, requires_grad=True)),
        in_no_grad,
        double.__name__,
        double.__doc__,
    )


def generators(torch: Any) -> Any:
    @torch.no_grad()
    def steps() -> Any:
        received = yield torch.is_grad_enabled()
        yield torch.is_grad_enabled(), received
        return

    said = []
    generator = steps()
    said += [next(generator), torch.is_grad_enabled(), generator.send("sent"), torch.is_grad_enabled()]
    generator.close()
    return said


def exceptions_restore_the_mode(torch: Any) -> Any:
    def fail() -> None:
        with torch.no_grad():
            raise KeyError("inside")

    return caught(fail), torch.is_grad_enabled()


def threads_have_their_own_mode(torch: Any) -> Any:
    said = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: said.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    return said


def one_context_entered_twice(torch: Any) -> Any:
    mode = torch.no_grad()
    said = []
    with mode:
        said.append(torch.is_grad_enabled())
    said.append(torch.is_grad_enabled())
    with mode:
        said.append(torch.is_grad_enabled())
    return said, torch.is_grad_enabled()


def in_place_in_no_grad(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        x.add_(1)
        x[0] = 5
        x *= 2
    return x, x._version, x.grad_fn


def in_place_in_no_grad_on_a_non_leaf(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    with torch.no_grad():
        y.add_(1)
    y.sum().backward()
    return y, x.grad


def views_in_no_grad(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    with torch.no_grad():
        view, leaf_view = y[0], x[0]
    return view, leaf_view, view._is_view(), caught(view.mul_, 2), caught(leaf_view.mul_, 2)


def operators_in_no_grad(torch: Any) -> Any:
    x = torch.ones(2, 2, requires_grad=True)
    with torch.no_grad():
        return x + 1, x @ x, x.sum(), x.view(4), x[0], x.exp(), x.detach(), x.clone(), x.t(), x.requires_grad


def requires_grad_set_inside(torch: Any) -> Any:
    with torch.no_grad():
        y = (torch.ones(2, requires_grad=True) * 2).requires_grad_()
    return y, (y * 2).requires_grad


def grad_mode_inside_backward(torch: Any) -> Any:
    said = []
    x = torch.ones(2, requires_grad=True)
    y = x * x
    y.register_hook(lambda g: said.append(torch.is_grad_enabled()))
    y.sum().backward(retain_graph=True)
    y.sum().backward(create_graph=True)
    with torch.no_grad():
        torch.autograd.grad([y], [x], torch.ones(2))
    return said, torch.is_grad_enabled()


def inference_mode(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        y = x * 2
        said = [torch.is_grad_enabled(), torch.is_inference_mode_enabled(), y.is_inference(), y]
    return said + [
        caught(lambda: y * x),
        caught(y.add_, 1),
        caught(lambda: y._version),
        caught(y.requires_grad_),
        y + 1,
    ]


def refuses(torch: Any) -> Any:
    return caught(torch.no_grad, 3), caught(torch.enable_grad, 3), caught(torch.is_grad_enabled, 1)


def inference_tensors(torch: Any) -> Any:
    x, n = torch.ones(2, requires_grad=True), torch.ones(2)
    with torch.inference_mode():
        y, z, view, alias = x * 2, torch.ones(2), n.view(2), n.detach()
        kinds = [t.is_inference() for t in (x, y, z, view, alias, n[0], z[0])]
        n.add_(1)
        z.add_(1)
        with torch.enable_grad():
            again = x * 2
        with torch.inference_mode(False):
            usual = x * 2
    return [
        kinds,
        n,
        n._version,
        z.tolist(),
        [t.is_inference() for t in (again, usual, z.view(2), z + 1, z.clone(), z.detach(), torch.ones(1))],
        again.requires_grad,
        usual,
        x + z,
        caught(lambda: x * z),
        caught(z.copy_, n),
        caught(z.zero_),
        caught(z.fill_, 1),
        caught(z.view(2).mul_, 2),
        caught(z.__setitem__, 0, 1),
        caught(setattr, z, "requires_grad", True),
        torch.is_inference(z),
    ]


def inference_mode_decorates(torch: Any) -> Any:
    @torch.inference_mode()
    def make() -> Any:
        return torch.ones(1), torch.is_inference_mode_enabled()

    made, inside = make()
    return made.is_inference(), inside, torch.is_inference_mode_enabled()


def default_dtype(torch: Any) -> Any:
    whole, said = torch.tensor([1, 2]), [torch.get_default_dtype()]
    torch.set_default_dtype(torch.float64)
    try:
        thread = threading.Thread(target=lambda: said.append(torch.get_default_dtype()))
        thread.start()
        thread.join()
        said += [
            whole / 2,
            whole * 0.5,
            torch.exp(whole),
            torch.tensor(1j),
            torch.zeros(1),
            torch.where(whole > 1, 1.0, 2),
        ]
        said += [torch.tensor([1.0], dtype=torch.float32) * 0.5, caught(torch.set_default_dtype, torch.int64)]
    finally:
        torch.set_default_dtype(torch.float32)
    return said


def number_of_threads(torch: Any) -> Any:
    before = torch.get_num_threads()
    try:
        said = []
        for n in (3, 1, 2):
            said += [torch.set_num_threads(n), torch.get_num_threads()]
        return said + [caught(torch.set_num_threads, n) for n in (0, -1, 1.5, "2", True, 2**31, 2**40)]
    finally:
        torch.set_num_threads(before)


@each(mode=["no_grad", "enable_grad", "inference_mode", "detect_anomaly"])
def left_without_having_entered(torch: Any, mode: str) -> Any:
    with torch.set_grad_enabled(mode != "enable_grad"), torch.autograd.set_detect_anomaly(False):
        one = getattr(torch.autograd, mode)()
        said = caught(one.__exit__, None, None, None)
        return said, torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_anomaly_enabled()


@each(view=["view", "element", "unbind", "transposed"], then=["sum", "relu", "stack", "matmul", "index"])
def a_view_made_in_no_grad_of_a_computed_tensor(torch: Any, view: str, then: str) -> Any:
    """It wants a gradient and leads nowhere: a sweep from what it went into finds nothing."""
    x = torch.ones(2, 2, requires_grad=True)
    y = x * 1
    with torch.no_grad():
        u = {"view": lambda: y.view(4), "element": lambda: y[0], "unbind": lambda: y.unbind()[1], "transposed": y.t}[
            view
        ]()
    z = {
        "sum": u.sum,
        "relu": lambda: u.relu().mean(),
        "stack": lambda: torch.stack([u, u]).sum(),
        "matmul": lambda: (u @ u).sum(),
        "index": lambda: u[[0, 1]].exp().sum(),
    }[then]()
    z.backward()
    refused = (
        caught(u.backward, torch.ones(u.shape)),
        caught(torch.autograd.grad, [z, u], [x], [None, torch.ones(u.shape)]),
    )
    return u.requires_grad, z.requires_grad, x.grad, refused


@each(leaf=[True, False], mode=["no_grad", "inference_mode"], through=["view", "view of it", "made later"])
def views_made_without_a_graph(torch: Any, leaf: bool, mode: str, through: str) -> Any:
    """A write through one is refused, and the text says which of the views is the reason."""
    y = torch.ones(2, 3, requires_grad=True)
    y = y if leaf else y * 1
    with getattr(torch, mode)():
        v = y.view(6)
        w = v[0:2]
    target = {"view": v, "view of it": w, "made later": None}[through]
    return caught((v[0:2] if target is None else target).mul_, 2), caught(v.sum)


def data_of_an_inference_tensor(torch: Any) -> Any:
    with torch.inference_mode():
        x = torch.ones(2)
    before = x.is_inference()
    x.data = torch.zeros(2)
    return before, x.is_inference()


@each(outside=[True, False], wants=[True, False])
def transforms_in_inference_mode(torch: Any, outside: bool, wants: bool) -> Any:
    """What is differentiated inside is recorded nevertheless, and its results are normal tensors."""

    def square(x: Any) -> Any:
        seen.append((torch.is_inference_mode_enabled(), x.is_inference()))
        return (x * x).sum()

    seen: list[Any] = []
    func, made = torch.func, torch.arange(3.0, requires_grad=wants)
    with torch.inference_mode():
        x = made if outside else torch.arange(3.0)
        gradient, value = func.grad_and_value(square)(x)
        result, pull = func.vjp(square, x)
        results = [gradient, value, result, *pull(torch.tensor(2.0)), *func.jvp(square, (x,), (torch.ones(3),))]
        nested = func.grad(func.grad(lambda x: x**3))(torch.tensor(2.0))
        after = torch.is_inference_mode_enabled(), torch.is_grad_enabled()
    return results, [result.is_inference() for result in results], nested, after, seen
