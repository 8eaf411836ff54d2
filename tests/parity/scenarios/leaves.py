"""requires_grad, leaves, .grad, .data, detach_ and how gradients accumulate."""

from typing import Any

from ..catalogue import each
from ..harness import caught
from ..inputs import tensor


@each(dtype=["float32", "float64", "int64", "bool", "complex64", "float16"])
def requires_grad_of_dtypes(torch: Any, dtype: str) -> Any:
    x = torch.ones(2, dtype=getattr(torch, dtype))
    by_method, by_keyword = caught(x.requires_grad_), caught(torch.ones, 2, dtype=x.dtype, requires_grad=True)
    y = torch.ones(2, dtype=x.dtype)
    by_attribute = caught(setattr, y, "requires_grad", True)
    return by_method, by_keyword, by_attribute, y, caught(y.requires_grad_, False)


def requires_grad_returns_self(torch: Any) -> Any:
    x = torch.ones(2)
    return x.requires_grad_() is x, x, x.requires_grad_(False) is x, x, x.requires_grad_(requires_grad=True)


def requires_grad_of_non_leaves(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return [
        caught(y.requires_grad_, False),
        y.requires_grad_(True) is y,
        caught(setattr, y, "requires_grad", False),
        caught(setattr, y, "requires_grad", True),
        y.is_leaf,
    ]


def requires_grad_refuses(torch: Any) -> Any:
    x = torch.ones(2)
    return [
        caught(x.requires_grad_, "yes"),
        caught(x.requires_grad_, 1),
        caught(setattr, x, "requires_grad", 1),
        caught(setattr, x, "requires_grad", None),
        caught(torch.ones, 2, requires_grad=1),
        caught(torch.ones, 2, requires_grad="a"),
        caught(delattr, x, "requires_grad"),
        x.requires_grad,
    ]


def what_is_a_leaf(torch: Any) -> Any:
    x, plain = torch.ones(2, requires_grad=True), torch.ones(2)
    return [
        x.is_leaf,
        (x * 2).is_leaf,
        (plain * 2).is_leaf,
        x.detach().is_leaf,
        x.clone().is_leaf,
        (x > 0).is_leaf,
        x[0].is_leaf,
        x.double().is_leaf,
        x.float() is x,
        x.long().requires_grad,
    ]


def accumulates_in_place(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    (x * 2).sum().backward()
    first = x.grad
    pointer = first.data_ptr()
    (x * 3).sum().backward()
    return first is x.grad, first, x.grad.data_ptr() == pointer, x.grad._version, x.grad.requires_grad


def accumulates_out_of_place_under_create_graph(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    first = x.grad
    (x * x).sum().backward(create_graph=True)
    return first is x.grad, first, x.grad


def zeroed_gradients(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    (x * 2).sum().backward()
    x.grad.zero_()
    zeroed = x.grad.clone()
    (x * -0.0).sum().backward()
    after = x.grad.clone()
    x.grad = None
    (x * -0.0).sum().backward()
    return zeroed, after, x.grad


def grad_assigned(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    mine = torch.arange(3.0)
    x.grad = mine
    same = x.grad is mine
    (x * 2).sum().backward()
    return same, x.grad is mine, mine


@each(bad=["size", "dtype", "int", "string", "itself", "list"])
def grad_refused(torch: Any, bad: str) -> Any:
    x = torch.ones(3, requires_grad=True)
    value = {
        "size": torch.ones(2),
        "dtype": torch.ones(3, dtype=torch.float64),
        "int": 3,
        "string": "a",
        "itself": x,
        "list": [1.0, 1.0, 1.0],
    }[bad]
    return caught(setattr, x, "grad", value), x.grad


def grad_of_plain_tensors(torch: Any) -> Any:
    x = torch.ones(2)
    x.grad = torch.ones(2)
    y = torch.ones(2, requires_grad=True)
    y.grad = torch.ones(2)
    del y.grad
    return x.grad, y.grad, caught(setattr, torch.tensor([1]), "grad", torch.ones(1))


def grad_of_non_leaf_warns(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.sum().backward()
    return y.grad, x.grad


def grad_is_the_same_object(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    (x * x).sum().backward()
    x.grad.label = "kept"
    return x.grad is x.grad, x.grad.label


def grad_takes_the_leafs_strides(torch: Any) -> Any:
    x = tensor(torch, (4, 3), 1).t().requires_grad_()
    (x * 2).sum().backward()
    y = tensor(torch, (3,), 2).requires_grad_()
    y.sum().backward()
    z = tensor(torch, (6,), 3)[::2].requires_grad_()
    (z * z).sum().backward()
    return x.grad, y.grad, z.grad


def callers_gradient(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    seed = torch.ones(3)
    (x * 1).backward(seed)
    x.grad.mul_(5)
    return seed, x.grad


def data_attribute(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    view = x.data
    view.mul_(3)
    said = [view, x, view._version, x._version, view.requires_grad, view is x.data, y]
    x.data = torch.zeros(3)
    return said + [x, x._version, caught(setattr, x, "data", torch.tensor([1])), caught(delattr, x, "data")]


def data_hides_writes(torch: Any) -> Any:
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = (x * x).sum()
    x.data.mul_(10)
    y.backward()
    return x.grad


def data_refuses(torch: Any) -> Any:
    x = torch.ones(2)
    x.data = torch.tensor([1, 2, 3])
    return x, caught(setattr, x, "data", 3), caught(setattr, x, "data", None), caught(setattr, x, "data", [1.0])


def detach_in_place(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y.detach_()
    return z is y, y, caught((x * 2)[0].detach_), caught(x[0].detach_), x.detach_() is x, x


def a_leaf_that_stops_requiring(torch: Any) -> Any:
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = (x * w).sum()
    x.requires_grad_(False)
    y.backward()
    return x.grad, w.grad


def a_leaf_that_moved(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    x.data = torch.ones(3)
    return caught(y.backward), x.grad


def the_same_leaf_many_ways(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + x * x + x.sum() * x + x[0] * x[1] + x.view(2, 1).t() @ x
    y.sum().backward()
    return y, x.grad


def comparisons_and_casts_cut(torch: Any) -> Any:
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    return (x > 0).requires_grad, x.long().requires_grad, x.max(0).indices.requires_grad, caught((x > 0).sum().backward)


def sgd_loop(torch: Any) -> Any:
    w, b = torch.zeros(2, requires_grad=True), torch.zeros((), requires_grad=True)
    x, y = tensor(torch, (6, 2), 4, "int64").float(), tensor(torch, (6,), 5, "int64").float()
    for _ in range(3):
        loss = ((x @ w + b - y) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.0078125 * w.grad
            b -= 0.0078125 * b.grad
        w.grad.zero_()
        b.grad = None
    return w, b, w._version, b._version


def views_are_not_detached_in_place(torch: Any) -> Any:
    x = torch.ones(2)
    with torch.no_grad():
        unrecorded = x[:1]
    with torch.inference_mode():
        inference, of_inference = x[:1], torch.ones(2)[:1]
    views = [x[:1], x.view(2), x.expand(3, 2), x.unbind()[0], unrecorded, inference, of_inference, x.detach()[:1]]
    plain = [x.detach(), x.data, x.reshape(2).clone(), x.contiguous()]
    return [caught(t.detach_) for t in views], [caught(t.detach_) for t in plain], caught(torch.detach_, x[:1])
