"""Version counters, what a later write does to a gradient, and values that are freed."""

from typing import Any

from ..catalogue import each
from ..harness import caught

SAVING: dict[str, Any] = {
    "mul": lambda t, x, w: x * w,
    "mul_number": lambda t, x, w: x * 3,
    "add": lambda t, x, w: x + w,
    "sub": lambda t, x, w: x - w,
    "div": lambda t, x, w: x / w,
    "pow": lambda t, x, w: x**2,
    "pow_tensor": lambda t, x, w: x**w,
    "rpow": lambda t, x, w: 2**x,
    "exp": lambda t, x, w: x.exp(),
    "relu": lambda t, x, w: t.relu(x),
    "neg": lambda t, x, w: -x,
    "where": lambda t, x, w: t.where(x > 0, x, w),
    "dot": lambda t, x, w: t.dot(x, w),
    "matmul": lambda t, x, w: x.view(1, 2) @ w,
    "sum": lambda t, x, w: x.sum(),
    "mean": lambda t, x, w: x.mean(),
    "max": lambda t, x, w: x.max(),
    "max_dim": lambda t, x, w: x.max(0).values,
    "norm": lambda t, x, w: x.norm(),
    "index": lambda t, x, w: x[[0, 1]],
    "slice": lambda t, x, w: x[:1],
    "view": lambda t, x, w: x.view(2, 1),
    "clone": lambda t, x, w: x.clone(),
    "double": lambda t, x, w: x.double(),
}


def counters(torch: Any) -> Any:
    x = torch.ones(3)
    said = [x._version]
    x.add_(1)
    said.append(x._version)
    view, detached, data, clone = x[:2], x.detach(), x.data, x.clone()
    said.append([t._version for t in (view, detached, data, clone)])
    view.mul_(2)
    detached.zero_()
    data.fill_(1)
    x[0] = 3
    x.requires_grad_()
    said.append([t._version for t in (x, view, detached, data, clone)])
    return said


def counters_of_failed_writes(torch: Any) -> Any:
    x = torch.ones(3)
    return caught(x.add_, torch.ones(2)), caught(x.copy_, "a"), caught(x.__setitem__, 7, 1.0), x._version, x


def counters_of_empty_and_vain_writes(torch: Any) -> Any:
    x, empty = torch.ones(2), torch.ones(0)
    x[[]] = 1.0
    x[:0] = 1.0
    x.copy_(x)
    empty.zero_()
    return x._version, empty._version


@each(op=list(SAVING), written=["x", "w", "result"])
def write_after_use(torch: Any, op: str, written: str) -> Any:
    leaf, other = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 0.5], requires_grad=True)
    x, w = leaf * 2, other * 2
    y = SAVING[op](torch, x, w)
    {"x": x, "w": w, "result": y}[written].detach().mul_(5)
    return caught(y.sum().backward), leaf.grad, other.grad


@each(op=["mul", "exp", "pow", "matmul", "norm", "div"])
def write_to_a_leaf_after_use(torch: Any, op: str) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 0.5], requires_grad=True)
    y = SAVING[op](torch, x, w).sum()
    with torch.no_grad():
        x.add_(1)
        w.add_(1)
    return caught(y.backward)


BOTH_SAVED: dict[str, Any] = {
    "mul": lambda t, x, w: x * w,
    "div": lambda t, x, w: x / w,
    "pow": lambda t, x, w: x**w,
    "rpow": lambda t, x, w: w**x,
    "maximum": lambda t, x, w: t.maximum(x, w),
    "outer": lambda t, x, w: x.view(2, 1) @ w,
    "matrix_vector": lambda t, x, w: w @ x,
    "vector_matrix": lambda t, x, w: x @ w.view(2, 1),
    "batch": lambda t, x, w: t.bmm(x.view(1, 2, 1), w.view(1, 1, 2)),
}


@each(op=list(BOTH_SAVED), leaves=[True, False])
def the_first_of_two_writes_is_named(torch: Any, op: str, leaves: bool) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([[3.0, 0.5]], requires_grad=True)
    x, w = (x, w) if leaves else (x * 2, w.exp())
    y = BOTH_SAVED[op](torch, x, w).sum()
    with torch.no_grad():
        x.add_(1)
        w.add_(1)
    return caught(y.backward)


def write_elsewhere_in_the_storage_counts(torch: Any) -> Any:
    x = torch.arange(1.0, 4.0, requires_grad=True)
    y = x * 1
    z = y[0] * y[1]
    y[2] = 0
    return caught(z.backward)


def write_through_data_goes_unnoticed(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.data.fill_(7.0)
    y.sum().backward()
    return x.grad


def writes_that_are_harmless(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    z = y.exp()
    z.mul_(2)
    return caught(z.sum().backward), x.grad


def chain_of_writes(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.mul_(3).add_(1).div_(2)
    y -= x
    y.sum().backward()
    return y, x.grad, y._version


def write_between_two_uses(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    first = y + 1
    y += 10
    second = y * 2
    (first + second).sum().backward()
    return first, second, x.grad


def the_message_names_the_node(torch: Any) -> Any:
    said = []
    for make in (
        lambda x: x * 2,
        lambda x: x.exp(),
        lambda x: x.view(2, 1),
        lambda x: x[:],
        lambda x: x.double(),
        lambda x: x.t(),
    ):
        y = make(torch.tensor([1.0, 2.0], requires_grad=True))
        z = y * y
        with torch.no_grad():
            y.zero_()
            y.zero_()
        said.append(caught(z.sum().backward))
    return said


def the_message_names_the_output(torch: Any) -> Any:
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    one, two = x.unbind(1)
    product = one * two
    with torch.no_grad():
        two.add_(1)
    maxed = (x * 1).max(1).values
    squared = maxed * maxed
    maxed.detach().add_(1)
    return caught(product.sum().backward), caught(squared.sum().backward)


@each(attribute=["_saved_self", "_saved_other", "_saved_result", "_saved_exponent", "_saved_dim"])
def saved_values(torch: Any, attribute: str) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    said = []
    for y in (x * w, x.exp(), x**2, x**w, x.sum(0), x / w):
        said.append(caught(getattr, y.grad_fn, attribute))
    return said


def saved_values_are_the_operands(torch: Any) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    y, z = x * w, x.exp()
    same = (y.grad_fn._saved_self is x, y.grad_fn._saved_other is w, z.grad_fn._saved_result is z)
    y.sum().backward()
    return same, caught(getattr, y.grad_fn, "_saved_self"), z.grad_fn._saved_result


def saved_values_are_only_those_needed(torch: Any) -> Any:
    x, plain = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0])
    return (x * plain).grad_fn._saved_self, (x * plain).grad_fn._saved_other, (plain * x).grad_fn._saved_self


def freed_by_grad_and_by_backward(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp() * x
    torch.autograd.grad(y.sum(), x)
    return caught(y.sum().backward), caught(torch.autograd.grad, y, x, torch.ones(2)), x.grad


def nothing_saved_nothing_freed(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x + 1 - x.view(2) * 3).sum()
    y.backward()
    return caught(y.backward), x.grad


def partly_freed(torch: Any) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x * x, w * w
    (a + b).sum().backward(inputs=[x])
    return caught((a + b).sum().backward), x.grad, w.grad


def detached_shares_the_counter(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    x.detach().zero_()
    return caught(y.sum().backward)


def copy_in_place_of_a_saved_value(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 1
    y = h * h
    h.copy_(torch.zeros(2))
    return caught(y.sum().backward), h, h.grad_fn.name()


def seed_written_after_a_sum(torch: Any) -> Any:
    """The gradient of a sum shows the seed's bytes, and is counted with it."""
    seed, x = torch.tensor(1.0), torch.ones(3, requires_grad=True)
    (g,) = torch.autograd.grad(x.sum(), [x], seed)
    w = torch.ones(3, requires_grad=True)
    loss = (w * g).sum()
    seed.mul_(7)
    return caught(loss.backward), w.grad, g._is_view()


def cotangents_of_a_sum(torch: Any) -> Any:
    seen: list[Any] = []
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    z = y.sum()
    z.register_hook(lambda g: seen.append(g))
    y.register_hook(lambda g: seen.append(g))
    x.register_hook(lambda g: seen.append(g))
    z.backward()
    after = [g._version for g in seen]
    refused = [caught(lambda g=g: g.mul_(10)) for g in seen]
    return after, refused, [g._version for g in seen], seen, x.grad


KEPT: dict[str, Any] = {
    "power of 3": lambda torch, x: x**3,
    "power of a half": lambda torch, x: x**0.5,
    "power of -2": lambda torch, x: x**-2,
    "power of 2.5": lambda torch, x: x**2.5,
    "rsub": lambda torch, x: torch.rsub(x, x, alpha=2),
    "cumsum": lambda torch, x: x.cumsum(1),
    "cumprod": lambda torch, x: x.cumprod(0),
    "logcumsumexp": lambda torch, x: x.logcumsumexp(0),
    "sort": lambda torch, x: x.sort(1)[0],
    "topk": lambda torch, x: x.topk(1, 1)[0],
    "median": lambda torch, x: x.median(1, True)[0],
    "median of all": lambda torch, x: x.median(),
    "kthvalue": lambda torch, x: x.kthvalue(2, 0)[0],
    "mode": lambda torch, x: x.mode(1)[0],
    "flip": lambda torch, x: x.flip([0, 1]),
    "roll": lambda torch, x: x.roll([1, 2], [1, 0]),
    "repeat": lambda torch, x: x.repeat(2, 1, 3),
    "tril": lambda torch, x: x.tril(2),
    "triu": lambda torch, x: x.triu(1),
    "trace": lambda torch, x: x.trace(),
    "diagonal": lambda torch, x: x.diagonal(1, 1, 0),
    "diag_embed": lambda torch, x: x.diag_embed(1, 0, 2),
    "unfold": lambda torch, x: x.unfold(1, 2, 1),
    "cat": lambda torch, x: torch.cat([x, x], 1),
    "norm": lambda torch, x: torch.linalg.vector_norm(x, 1.5, 0, True),
    "norm of all": lambda torch, x: torch.linalg.vector_norm(x, 3.5),
    "addmv": lambda torch, x: torch.addmv(x[0], x, x[1], beta=2, alpha=0.5),
    "baddbmm": lambda torch, x: torch.baddbmm(x[None], x[None], x[None], beta=2, alpha=3),
    "addr": lambda torch, x: torch.addr(x, x[0], x[1], beta=0.25),
}


@each(operator=list(KEPT))
def what_a_node_keeps(torch: Any, operator: str) -> Any:
    x = torch.tensor([[1.0, 5.0, 2.0], [4.0, 3.0, 6.0], [9.0, 8.0, 7.0]], requires_grad=True)
    node = KEPT[operator](torch, x).grad_fn
    return {name: getattr(node, name) for name in sorted(dir(node)) if name.startswith("_saved")}


@each(operator=["maximum", "minimum", "fmax", "fmin"])
def nodes_of_second_derivatives(torch: Any, operator: str) -> Any:
    x = torch.tensor([1.0, 2.0, float("nan"), 3.0, 0.0], requires_grad=True)
    y = torch.tensor([1.0, 3.0, 1.0, float("nan"), -1.0], requires_grad=True)
    seed = torch.tensor([1.0, -2.0, 3.0, 4.0, 5.0], requires_grad=True)
    first = torch.autograd.grad(getattr(torch, operator)(x, y), [x, y], seed, create_graph=True)
    return first, torch.autograd.grad(first[0].sum() + first[1].sum(), seed)


def nodes_are_made_by_the_graph_alone(torch: Any) -> Any:
    kind = torch.autograd.graph.Node

    class Mine(kind):  # type: ignore[misc]
        pass

    node = torch.ones(1, requires_grad=True).exp().grad_fn
    kinds = [type(caught(make).error) for make in (kind, Mine, type(node))]
    return kinds, isinstance(node, kind)
