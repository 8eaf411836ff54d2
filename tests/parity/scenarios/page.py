"""The textbook page on automatic differentiation (d2l.ai, "Automatic Differentiation"), line by line."""

from typing import Any

from ..catalogue import close, each, prints
from ..inputs import floats


def _f(a: Any) -> Any:
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c


@prints
def page(torch: Any) -> Any:
    said = []
    x = torch.arange(4.0)
    said.append(x)
    x.requires_grad_(True)
    said += [x, x.grad]
    y = 2 * torch.dot(x, x)
    said.append(y)
    y.backward()
    said += [x.grad.clone(), x.grad == 4 * x]
    x.grad.zero_()
    y = x.sum()
    said.append(y)
    y.backward()
    said.append(x.grad.clone())
    x.grad.zero_()
    y = x * x
    y.backward(gradient=torch.ones(len(y)))
    said += [y, x.grad.clone()]
    x.grad.zero_()
    y = x * x
    u = y.detach()
    z = u * x
    z.sum().backward()
    said += [u, z, x.grad == u]
    x.grad.zero_()
    y.sum().backward()
    said.append(x.grad == 2 * x)
    return said


@prints
def page_in_one_call(torch: Any) -> Any:
    x = torch.arange(4.0, requires_grad=True)
    before = x.grad
    y = 2 * torch.dot(x, x)
    y.backward()
    return x, before, y, x.grad


@close()
@prints
def page_control_flow_seeded(torch: Any) -> Any:
    torch.manual_seed(0)
    a = torch.randn(size=(), requires_grad=True)
    d = _f(a)
    d.backward()
    return a, d, a.grad, a.grad == d / a


@close()
@each(seed=[1, 2, 3, 4, 5, 6])
def page_control_flow(torch: Any, seed: int) -> Any:
    a = torch.tensor(floats(1, seed)[0], requires_grad=True)
    d = _f(a)
    d.backward()
    return a, d, a.grad, a.grad == d / a


@close()
def page_exercise_vector_control_flow(torch: Any) -> Any:
    a = torch.tensor(floats(3, 9), requires_grad=True)
    d = _f(a)
    d.sum().backward()
    return d, a.grad


def page_exercise_backward_twice(torch: Any) -> Any:
    x = torch.arange(4.0, requires_grad=True)
    y = x * x
    y.sum().backward()
    y.sum().backward()


@close()
def page_exercise_second_derivative(torch: Any) -> Any:
    x = torch.arange(4.0, requires_grad=True)
    y = (x * x * x).sum()
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return first, second
