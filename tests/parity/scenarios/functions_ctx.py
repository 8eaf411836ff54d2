"""torch.autograd.Function: saved tensors, marks, once_differentiable, setup_context, jvp, nesting."""

from typing import Any

from ..catalogue import each
from ..harness import caught, graph


def saved_outputs_and_inputs(torch: Any) -> Any:
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x * x
            ctx.save_for_backward(x, y, None)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y, nothing = ctx.saved_tensors
            seen.append((x is given, y.grad_fn is None, nothing))
            return g * x * y

    seen: list[Any] = []
    given = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Exp.apply(given)
    y.sum().backward()
    return seen, given.grad, caught(getattr, y.grad_fn, "saved_tensors"), caught(y.sum().backward)


def saved_values_are_checked(torch: Any) -> Any:
    class Keeps(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    h = torch.tensor([1.0, 2.0], requires_grad=True) * 1
    y = Keeps.apply(h)
    h.detach().zero_()
    return caught(y.sum().backward)


def values_kept_as_attributes_are_not_checked(torch: Any) -> Any:
    class Keeps(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.x = x
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.x

    h = torch.tensor([1.0, 2.0], requires_grad=True) * 1
    y = Keeps.apply(h)
    h.detach().zero_()
    return torch.autograd.grad(y.sum(), h)


def saving_refuses(torch: Any) -> Any:
    def attempt(what: Any) -> Any:
        class Saves(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(what)
                return x * 1

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                return g

        return caught(Saves.apply, torch.ones(1, requires_grad=True))

    return attempt(3), attempt("a"), attempt([torch.ones(1)]), attempt(None)


def saving_twice_keeps_the_last(torch: Any) -> Any:
    class Saves(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            ctx.save_for_backward(x * 5)
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    x = torch.ones(2, requires_grad=True)
    Saves.apply(x).sum().backward()
    return x.grad


def _doubler(torch: Any, mark: bool) -> Any:
    class Doubles(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x.mul_(2)
            if mark:
                ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    return Doubles


@each(mark=[True, False])
def dirty(torch: Any, mark: bool) -> Any:
    x = torch.ones(2, requires_grad=True)
    h = x * 3
    y = _doubler(torch, mark).apply(h)
    y.sum().backward()
    return y is h, h, y, h._version, graph(h), x.grad


def dirty_leaf_view_and_plain(torch: Any) -> Any:
    F = _doubler(torch, True)
    h = torch.ones(2, 2, requires_grad=True) * 1
    view = h[0]
    return [
        caught(F.apply, torch.ones(1, requires_grad=True)),
        caught(F.apply, torch.ones(1, requires_grad=True)[:]),
        caught(F.apply, torch.ones(1)),
        caught(F.apply, view),
        h,
        h.grad_fn.name(),
        view.grad_fn.name(),
    ]


def dirty_but_not_returned(torch: Any) -> Any:
    class Forgets(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x.mul_(2))
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    class Lies(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x * 1
            ctx.mark_dirty(y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    h = torch.ones(1, requires_grad=True) * 1
    return caught(Forgets.apply, h), caught(Lies.apply, h)


def non_differentiable(torch: Any) -> Any:
    seen = []

    class Splits(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            whole, positive = x * 2, x * 3
            ctx.mark_non_differentiable(positive)
            return whole, positive, x > 0

        @staticmethod
        def backward(ctx: Any, *g: Any) -> Any:
            seen.append(g)
            return g[0] * 2

    x = torch.tensor([1.0, -1.0], requires_grad=True)
    whole, positive, mask = Splits.apply(x)
    whole.sum().backward()
    return whole, positive, mask, seen, x.grad


def marks_that_name_strangers(torch: Any) -> Any:
    class Marks(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, what: Any) -> Any:
            ctx.mark_non_differentiable(what)
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, None

    x = torch.ones(1, requires_grad=True)
    return caught(Marks.apply, x, torch.ones(1)), caught(Marks.apply, x, 3), caught(Marks.apply, x, "a")


def once_differentiable(torch: Any) -> Any:
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            seen.append((torch.is_grad_enabled(), g.requires_grad))
            return 2 * ctx.saved_tensors[0] * g

    seen: list[Any] = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (plain,) = torch.autograd.grad(Once.apply(x).sum(), x)
    (first,) = torch.autograd.grad((Once.apply(x) * x).sum(), x, create_graph=True)
    (alone,) = torch.autograd.grad(Once.apply(x).sum(), x, create_graph=True)
    return plain, first, alone.requires_grad, seen, caught(torch.autograd.grad, first.sum(), x)


def setup_context(torch: Any) -> Any:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, power: int) -> Any:
            seen.append(torch.is_grad_enabled())
            return x**power, x * 2

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, ctx.power = inputs
            seen.append((type(inputs).__name__, type(output).__name__, output[0].requires_grad))
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * ctx.power * x ** (ctx.power - 1) + 2 * h, None

    seen: list[Any] = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y, z = Cube.apply(x, 3)
    (y + z).sum().backward()
    return y, z, x.grad, seen, graph(y)


def vjp_instead_of_backward(torch: Any) -> Any:
    class Named(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def vjp(ctx: Any, g: Any) -> Any:
            return g * 2

    class Both(Named):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 3

    x = torch.ones(1, requires_grad=True)
    return torch.autograd.grad(Named.apply(x), x), caught(torch.autograd.grad, Both.apply(x), x)


def _with_jvp(torch: Any) -> Any:
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_forward(a, b)
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            a, b = ctx.saved_tensors
            return g * b, g * a

        @staticmethod
        def jvp(ctx: Any, a_dot: Any, b_dot: Any) -> Any:
            a, b = ctx.saved_tensors
            zero = torch.zeros(2)
            return (zero if a_dot is None else a_dot * b) + (zero if b_dot is None else a * b_dot)

    return Product


@each(tangents=["a", "b", "both"])
def jvp(torch: Any, tangents: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    with forward_ad.dual_level():
        if tangents != "b":
            a = forward_ad.make_dual(a, torch.tensor([1.0, 0.5]))
        if tangents != "a":
            b = forward_ad.make_dual(b, torch.tensor([-1.0, 2.0]))
        primal, tangent = forward_ad.unpack_dual(_with_jvp(torch).apply(a, b))
        return primal, tangent


def jvp_missing(torch: Any) -> Any:
    class NoJvp(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        return NoJvp.apply(forward_ad.make_dual(torch.ones(1), torch.ones(1)))


@each(result=["none", "shape", "string", "two"])
def jvp_results_that_do_not_fit(torch: Any, result: str) -> Any:
    values = {"none": None, "shape": torch.ones(3), "string": "a", "two": (torch.ones(2), torch.ones(2))}

    class Odd(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def jvp(ctx: Any, x_dot: Any) -> Any:
            return values[result]

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        y = Odd.apply(forward_ad.make_dual(torch.ones(2), torch.ones(2)))
        return tuple(forward_ad.unpack_dual(y))


def backward_that_calls_backward(torch: Any) -> Any:
    class Nested(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            with torch.enable_grad():
                inner = ctx.saved_tensors[0].detach().requires_grad_()
                (inner * inner).sum().backward()
            return g * inner.grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Nested.apply(x).sum().backward()
    return x.grad


def backward_nested_deeply(torch: Any) -> Any:
    class Deep(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            level = int(g.item())
            if level > 0:
                with torch.enable_grad():
                    inner = torch.ones(1, requires_grad=True)
                    Deep.apply(inner).backward(torch.tensor([level - 1.0]))
                return inner.grad + 1
            return g

    x = torch.ones(1, requires_grad=True)
    Deep.apply(x).backward(torch.tensor([100.0]))
    return x.grad


def saved_variables(torch: Any) -> Any:
    said = []

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            said.append(ctx.saved_variables)
            return 2 * g * ctx.saved_variables[0]

    y = Square.apply(torch.ones(2, requires_grad=True))
    said.append(y.grad_fn.saved_variables)
    y.sum().backward()
    return said, caught(lambda: y.grad_fn.saved_variables)
