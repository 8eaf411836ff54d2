"""torch.autograd.grad: its parameters, what it returns and what it refuses."""

from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import tensor


def returns_a_tuple(torch: Any) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    y = (x * w).sum()
    result = torch.autograd.grad(y, [x, w])
    return result, x.grad, w.grad


def forms_of_inputs(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def y() -> Any:
        return (x * x).sum()

    grad = torch.autograd.grad
    return grad(y(), x), grad([y()], [x]), grad((y(),), (x,)), grad(outputs=y(), inputs=x), grad([y(), y()], x)


def seeds(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    grad = torch.autograd.grad
    return [
        grad(x * x, x, torch.tensor([1.0, 10.0])),
        grad(x * x, x, grad_outputs=torch.ones(2)),
        grad([x * x, x.sum()], x, [torch.ones(2), None]),
        grad([x * x, x * 2], [x], [torch.ones(2), torch.ones(2)]),
        caught(grad, x * x, x),
        caught(grad, x * x, x, torch.ones(3)),
        caught(grad, [x * x, x * 2], x, [torch.ones(2)]),
        caught(grad, x * x, x, [torch.ones(2), torch.ones(2)]),
    ]


def inner_inputs(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * x
    y = (h * h).sum()
    return torch.autograd.grad(y, [h, x], retain_graph=True), torch.autograd.grad(y, h), x.grad


def root_as_input(torch: Any) -> Any:
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    return torch.autograd.grad(y, y, retain_graph=True), torch.autograd.grad(y, [y, x]), torch.autograd.grad(x, x)


@each(unused=[None, True, False], materialize=[False, True])
def unused_inputs(torch: Any, unused: bool | None, materialize: bool) -> Any:
    x, other = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    return torch.autograd.grad((x * 2).sum(), [x, other], allow_unused=unused, materialize_grads=materialize)


def refuses(torch: Any) -> Any:
    x, plain = torch.ones(2, requires_grad=True), torch.ones(2)
    y = (x * 2).sum()
    grad = torch.autograd.grad
    return [
        caught(grad, plain.sum(), x),
        caught(grad, y, plain),
        caught(grad, y, [x, plain]),
        caught(grad, y, []),
        caught(grad, [], x),
        caught(grad, 3.0, x),
        caught(grad, y, 3.0),
        caught(grad, y, [3.0]),
        caught(grad, y, x, "a"),
        caught(grad, y, x, [1.0]),
        caught(grad, y),
        caught(grad),
        caught(grad, y, x, colour=1),
        caught(grad, y, None),
    ]


def frees_the_graph(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    first = torch.autograd.grad(y, x)
    return first, caught(torch.autograd.grad, y, x), caught(y.backward)


def retains_the_graph(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    return torch.autograd.grad(y, x, retain_graph=True), torch.autograd.grad(y, x), caught(torch.autograd.grad, y, x)


@close()
def create_graph(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x**3).sum()
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)
    return first, second, third, x.grad


def without_create_graph_there_is_no_graph(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad((x * x).sum(), x)
    return first, caught(first.sum().backward)


def batched(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    return torch.autograd.grad(y, x, torch.tensor([[1.0, 0.0], [0.0, 1.0]]), is_grads_batched=True)


def only_what_is_asked_runs(torch: Any) -> Any:
    seen = []
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    a, b = x * 2, w * 3
    a.register_hook(lambda g: seen.append("a"))
    b.register_hook(lambda g: seen.append("b"))
    result = torch.autograd.grad((a * b).sum(), w)
    return result, seen


def hooks_on_inputs(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: g * 10)
    h = x * 2
    h.register_hook(lambda g: g + 1)
    return torch.autograd.grad((h * 3).sum(), [x, h]), x.grad


def same_input_twice(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return torch.autograd.grad((x * 3).sum(), [x, x])


def gradient_that_is_a_leaf_seed(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, 1.0], requires_grad=True)
    (first,) = torch.autograd.grad(x * x, x, v, create_graph=True)
    return first, graph(first, 2), torch.autograd.grad(first.sum(), v)


@close()
def jacobian_by_rows(torch: Any) -> Any:
    x = tensor(torch, (3,), 1, low=0.5).requires_grad_()
    y = x.exp() * x.sum()
    return [torch.autograd.grad(y[i], x, retain_graph=True)[0] for i in range(3)]


@close()
def hessian_vector_product(torch: Any) -> Any:
    x, v = tensor(torch, (4,), 2, "float64").requires_grad_(), tensor(torch, (4,), 3, "float64")
    (first,) = torch.autograd.grad((x.exp() * x).sum(), x, create_graph=True)
    return torch.autograd.grad(first, x, v)


@close()
def double_backward_trick(torch: Any) -> Any:
    x, v = tensor(torch, (3,), 4, "float64").requires_grad_(), tensor(torch, (3,), 5, "float64")
    y = x * x.sum()
    dummy = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    (pulled,) = torch.autograd.grad(y, x, dummy, create_graph=True)
    return torch.autograd.grad(pulled, dummy, v)


def returned_gradients_are_not_shared(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    seed = torch.ones(2)
    (g,) = torch.autograd.grad(x + 0, x, seed)
    (first,) = torch.autograd.grad(x.sum(), x)
    return g, first.stride(), first


def in_no_grad(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    with torch.no_grad():
        return torch.autograd.grad(y, x, create_graph=True)


def roots_are_looked_at_before_inputs(torch: Any) -> Any:
    x, plain = torch.ones((), requires_grad=True), torch.ones(())
    return [
        caught(torch.autograd.grad, plain, [plain]),
        caught(torch.autograd.grad, x * 2, [plain]),
        caught(lambda: plain.backward(inputs=[plain])),
        caught(lambda: (x * 2).backward(inputs=[plain])),
    ]


def an_input_given_many_times(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    parts = (x * 3).unbind()
    y = parts[0] * parts[1] + x.sum()
    inputs = [x, parts[1], x, parts[0], parts[1]]
    again = [g * 2 for g in torch.autograd.grad(y, inputs, retain_graph=True)]
    y.backward(inputs=[x, x])
    return again, x.grad
