"""The names of grad_fn and of what it points at."""

from typing import Any

from ..catalogue import each
from ..harness import caught, graph

CALLS = """
x + y | x - y | x * y | x / y | -x | x ** 2 | x ** y | 2 ** x | 1 - x | 2 / x | x + 1 | 1 + x | x * 2 | 2 * x
x - 1 | x / 2 | x.sum() | x.sum(0) | x.sum((0, 1)) | x.sum(dtype=t.float64) | x.mean() | x.mean(0) | x.max()
x.max(0).values | x.norm() | x.norm(dim=0) | x.norm(1) | x.exp() | t.relu(x) | t.where(x > 0, x, y)
t.where(x > 0, x, 0.0) | x @ y | x @ v | v @ x | v @ v | t.dot(v, v) | x.expand(2, 2, 2) @ y | x.view(4)
x.reshape(4) | x.t().reshape(4) | x.t() | x.T | x.transpose(0, 1) | x.permute(1, 0) | x.expand(2, 2, 2)
x.squeeze() | x.squeeze(0) | x.unsqueeze(0) | x.unbind()[0] | x[0] | x[0, 0] | x[:, 0] | x[:1] | x[::2, 1:]
x[None] | x[...] | x[[0, 1]] | x[x > 0] | x[0, [1]] | x[()] | x.clone() | x.contiguous() | x.t().contiguous()
x.double() | x.float() | x.to(t.float64) | x.double().float() | x.detach() | list(x)[1] | x.add(y, alpha=2)
x.sub(y, alpha=2) | (x * 1).add_(y) | (x * 1).sub_(y) | (x * 1).mul_(y) | (x * 1).div_(y) | (x * 1).zero_()
(x * 1).fill_(3) | (x * 1).copy_(y) | (x * 1).fill_(v[0]) | x * y + x / y | (x * x).sum() / 2 | t.max(x, y) | +x
t.div(x, y, rounding_mode='floor') | x.mul(v[0]) | x[:, None] | x[True] | x[0][1] | x.sum(0, keepdim=True)
x.max(1, keepdim=True)[0] | x.bool() | x > y | x.max(0).indices
"""


DIFFERENTIATED = """
x + y | x - y | x * y | x / y | -x | x ** 2 | x ** 3 | x ** 0 | x ** 0.5 | x ** y | 2 ** x | 1 - x | 2 / x | x * 2
x / 2 | x.add(y, alpha=2) | x.sub(y, alpha=2) | x.exp() | x.log() | x.sqrt() | x.abs() | t.relu(x) | x.reciprocal()
t.where(x > 0, x, y) | x.sum() | x.sum(0) | x.sum((0, 1)) | x.sum(0, keepdim=True) | x.sum(dtype=t.float64)
x.mean() | x.mean(0) | x.max() | x.max(0).values | x.max(1, keepdim=True)[0] | x.norm() | x.norm(dim=0) | x.norm(1)
x.norm(3) | x.norm(1.5, 0) | x.norm(0.5) | x.norm(float('inf'), 1) | x @ y | x.t() @ y | x @ y.t() | x.t() @ y.t()
x @ x | x @ v | v @ x | t.dot(v, v) | x.expand(2, 2, 2) @ y | v @ x.expand(3, 2, 2) | t.bmm(x[None], y[None])
x.view(4) | x.reshape(4) | x.t().reshape(4) | x.t() | x.transpose(0, 1) | x.permute(1, 0) | x.expand(2, 2, 2)
x[:1].expand(2, 2) | x[:1].squeeze() | x[:1].squeeze(0) | x.unsqueeze(0) | x.unbind()[0] | x[0] | x[0, 0] | x[:1]
x[::2] | x[[0, 1]] | x[x > 0] | x.clone() | x.t().contiguous() | x.double() | t.stack([x, y], 1)
"""


def _listed(calls: str = CALLS) -> list[str]:
    return [call.strip() for line in calls.strip().splitlines() for call in line.split(" | ")]


@each(call=_listed())
def names(torch: Any, call: str) -> Any:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y, v = torch.ones(2, 2, requires_grad=True), torch.ones(2, requires_grad=True)
    result = eval(call, {"x": x, "y": y, "v": v, "t": torch, "list": list})
    return graph(result), repr(result.grad_fn).partition(" object")[0] if result.grad_fn else None


@each(call=_listed())
def operands_without_gradient(torch: Any, call: str) -> Any:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y, v = torch.ones(2, 2), torch.ones(2)
    result = eval(call, {"x": x, "y": y, "v": v, "t": torch, "list": list})
    return graph(result), result.requires_grad


@each(call=_listed(DIFFERENTIATED))
def graphs_of_gradients(torch: Any, call: str) -> Any:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y, v = torch.ones(2, 2, requires_grad=True), torch.ones(2, requires_grad=True)
    result = eval(call, {"x": x, "y": y, "v": v, "t": torch, "float": float})
    seed = torch.ones(result.shape, dtype=result.dtype, requires_grad=True)
    gradients = torch.autograd.grad(result, [x, y, v], seed, create_graph=True, allow_unused=True)
    return [None if g is None else (graph(g), g.stride()) for g in gradients]


def accumulate_grad(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    node = (x * 2).grad_fn.next_functions[0][0]
    again = (x * 3).grad_fn.next_functions[0][0]
    return node.name(), type(node).__name__, node.variable is x, node.next_functions, node is again


def nodes_are_objects(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y.exp()
    return [
        y.grad_fn is y.grad_fn,
        z.grad_fn.next_functions[0][0] is y.grad_fn,
        y.grad_fn == y.grad_fn,
        type(y.grad_fn).__name__,
        type(y.grad_fn).__module__,
        isinstance(y.grad_fn, torch.autograd.graph.Node),
        caught(setattr, y, "grad_fn", None),
        y.grad_fn.metadata,
    ]


def outputs_are_numbered(torch: Any) -> Any:
    one, two = (torch.ones(2, requires_grad=True) * 2).unbind()
    y = two * 1
    return one.output_nr, two.output_nr, y.grad_fn.next_functions[0][1], one.grad_fn is two.grad_fn


def a_node_keeps_its_attributes(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    y.grad_fn.metadata["mine"] = 3
    return y.grad_fn.metadata["mine"], caught(getattr, y.grad_fn, "no_such_thing")


def nodes_are_made_by_the_graph(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    leaf = type(y.grad_fn.next_functions[0][0])
    return caught(type(y.grad_fn)), caught(type(y.grad_fn), 3), caught(leaf), type((y * 3).grad_fn) is type(y.grad_fn)
