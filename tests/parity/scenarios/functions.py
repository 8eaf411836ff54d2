"""torch.autograd.Function: forward and backward, what ctx offers, and every refusal."""

from typing import Any

from ..catalogue import each
from ..harness import caught, graph


def _square(torch: Any) -> Any:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 2 * x * g

    return Square


def _returning(torch: Any, result: Any) -> Any:
    class Returning(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *x: Any) -> Any:
            return x[0] * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return result(g)

    return Returning


def square(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = _square(torch).apply(x)
    y.sum().backward()
    return y, x.grad, graph(y)


def square_of_plain(torch: Any) -> Any:
    return _square(torch).apply(torch.ones(2))


def square_under_no_grad(torch: Any) -> Any:
    with torch.no_grad():
        return _square(torch).apply(torch.ones(2, requires_grad=True))


def square_twice_differentiated(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad(_square(torch).apply(x).sum(), x, create_graph=True)
    return first, torch.autograd.grad(first.sum(), x)


def several_inputs_and_outputs(torch: Any) -> Any:
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any, factor: float) -> Any:
            ctx.factor = factor
            ctx.save_for_backward(a, b)
            return a * b * factor, a + b

        @staticmethod
        def backward(ctx: Any, product: Any, total: Any) -> Any:
            a, b = ctx.saved_tensors
            return product * b * ctx.factor + total, product * a * ctx.factor + total, None

    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    result = Both.apply(a, b, 2.0)
    (result[0].sum() + 10 * result[1].sum()).backward()
    return result, result[0].output_nr, result[1].output_nr, a.grad, b.grad, type(result).__name__


def unused_outputs_get_zeros(torch: Any) -> Any:
    seen = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, materialize: bool) -> Any:
            ctx.set_materialize_grads(materialize)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            seen.append((a, b))
            return a if a is not None else b * 2, None

    x = torch.ones(2, requires_grad=True)
    Two.apply(x, True)[0].sum().backward()
    Two.apply(x, False)[0].sum().backward()
    Two.apply(x, False)[1].sum().backward()
    return seen, x.grad


def needs_input_grad(torch: Any) -> Any:
    seen = []

    class Asks(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any, c: Any) -> Any:
            seen.append(ctx.needs_input_grad)
            return a * b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append(ctx.needs_input_grad)
            return g, None, None

    x, plain = torch.ones(1, requires_grad=True), torch.ones(1)
    Asks.apply(x, plain, "text").backward()
    Asks.apply(plain, plain, x)
    return seen


def modes_inside(torch: Any) -> Any:
    seen = []

    class Looks(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            seen.append((torch.is_grad_enabled(), x.requires_grad, (x * 2).requires_grad))
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append((torch.is_grad_enabled(), g.requires_grad))
            return g * 2

    x = torch.ones(1, requires_grad=True)
    y = Looks.apply(x)
    y.backward(retain_graph=True)
    y.backward(create_graph=True)
    return seen, y


RESULTS: dict[str, Any] = {
    "none": lambda g: None,
    "too_many": lambda g: (g, g),
    "extra_none": lambda g: (g, None, None),
    "too_few": lambda g: (),
    "string": lambda g: "a",
    "number": lambda g: 1.0,
    "shape": lambda g: g.expand(2, 3),
    "long": lambda g: g.sum().expand(5),
    "broadcast": lambda g: g.expand(4, 3),
    "double": lambda g: g.double(),
    "list": lambda g: [g],
}


@each(result=list(RESULTS))
def what_backward_returns(torch: Any, result: str) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = _returning(torch, RESULTS[result]).apply(x)
    return caught(y.sum().backward), x.grad


def gradients_for_non_tensors(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    F = _returning(torch, lambda g: (g, g))
    return caught(F.apply(x, 3).sum().backward), caught(F.apply(x, torch.ones(3)).sum().backward), x.grad


def without_backward(torch: Any) -> Any:
    class OnlyForward(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    class Nothing(torch.autograd.Function):
        pass

    x = torch.ones(2, requires_grad=True)
    y = OnlyForward.apply(x)
    return y, caught(y.sum().backward), caught(Nothing.apply, x), caught(Nothing)


def legacy_use(torch: Any) -> Any:
    class Old(torch.autograd.Function):
        def forward(self, x: Any) -> Any:
            return x

    return caught(lambda: Old()(torch.ones(1))), caught(_square(torch)), caught(Old.apply, torch.ones(1))


@each(error=[KeyError, ZeroDivisionError, RuntimeError])
def exceptions(torch: Any, error: type[Exception]) -> Any:
    class Fails(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, now: bool) -> Any:
            if now:
                raise error("in forward")
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            raise error("in backward")

    x = torch.ones(2, requires_grad=True)
    return caught(Fails.apply, x, True), caught(Fails.apply(x, False).sum().backward), x.grad


def forward_returns(torch: Any) -> Any:
    def make(result: Any) -> Any:
        class Gives(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                return result(x)

            @staticmethod
            def backward(ctx: Any, *g: Any) -> Any:
                return g[0]

        return caught(Gives.apply, torch.ones(2, requires_grad=True))

    return [
        make(lambda x: None),
        make(lambda x: 3),
        make(lambda x: "a"),
        make(lambda x: (x * 1, None, 3)),
        make(lambda x: [x * 1]),
        make(lambda x: ()),
        make(lambda x: x),
        make(lambda x: x.view(2, 1)),
        make(lambda x: x.detach()),
        make(lambda x: torch.tensor([1, 2])),
        make(lambda x: {"a": x}),
    ]


def returns_its_input(torch: Any) -> Any:
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 7

    x = torch.ones(2, requires_grad=True)
    y = Same.apply(x)
    y.sum().backward()
    return y is x, y._is_view(), y, x.grad, caught(y.mul_, 2), Same.apply(torch.ones(1))


def keywords_are_refused(torch: Any) -> Any:
    return (
        caught(_square(torch).apply, x=torch.ones(1)),
        caught(_square(torch).apply),
        caught(_square(torch).apply, 1, 2),
    )


def inputs_in_lists_are_not_tracked(torch: Any) -> Any:
    class Sums(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, parts: Any) -> Any:
            return parts[0] + parts[1]

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return None

    return Sums.apply([torch.ones(1, requires_grad=True), torch.ones(1)])


def the_node_of_a_function(torch: Any) -> Any:
    y = _square(torch).apply(torch.ones(2, requires_grad=True))
    node = y.grad_fn
    return [
        node.name(),
        type(node).__name__,
        [(parent.name(), number) for parent, number in node.next_functions],
        node.saved_tensors,
        node.needs_input_grad,
        repr(node).partition(" object")[0].rpartition(".")[2],
        isinstance(node, _square(torch)),
    ]


def keywords_of_apply(torch: Any) -> Any:
    seen = []

    class Many(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: float = 2.0, z: float = 3.0, *, k: int = 1) -> Any:
            seen.append((y, z, ctx.needs_input_grad))
            return x * y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, None, None

    class Slashed(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, /, y: Any) -> Any:
            return x * y

    x = torch.ones(2, requires_grad=True)
    bad = [{"w": 1}, {"k": 2}, {"x": x}, {"z": 1.0}, {"w": 1, "x": x}, {"x": x, "w": 1}, {"z": 1.0, "y": 4.0}]
    said = [caught(Many.apply, x, **keywords) for keywords in bad]
    said += [caught(Many.apply, y=2.0), caught(Many.apply), caught(Many.apply, x=x, y=4.0)]
    said += [caught(Slashed.apply, x=x, y=2.0), caught(Slashed.apply, x, w=2), caught(Slashed.apply, y=2.0)]
    Many.apply(x, y=5.0).sum().backward()
    return said, seen, caught(torch.autograd.Function.apply, x, y=1)
