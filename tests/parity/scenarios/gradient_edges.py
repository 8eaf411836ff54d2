"""Gradient edges, where `grad` and `backward` take them in the place of tensors."""

from typing import Any

from ..catalogue import each
from ..harness import caught


def _leaf(torch: Any) -> Any:
    return torch.tensor([1.0, 2.0], requires_grad=True)


CALLS = """
grad(z, edge(x)) | grad(z, [edge(y), x]) | grad(z, {'a': edge(y), 'b': x}) | grad(edge(z), x)
grad([edge(y), y], x, [v, v]) | grad(edge(y), x) | grad(edge(y), x, v) | grad(edge(y), x, ones(3))
grad(edge(y), x, v * 1j) | grad(edge(y), x, v.double()) | grad(edge(y), x, v, create_graph=True)
grad(edge(x), x, v) | grad(edge(y), x, m, is_grads_batched=True)
grad(y, edge(x), m, is_grads_batched=True) | grad(w, edge(y)) | grad(w, edge(y), allow_unused=True)
grad(w, edge(y), materialize_grads=True) | grad(z, edge(y), materialize_grads=True) | grad(z, (edge(y).node, 0))
grad(z, edge(w)) | grad(z, Edge(3, 0)) | edge(v) | edge(y)[1:] | Edge(1, 2) | Edge._fields
"""


@each(call=[call for line in CALLS.strip().splitlines() for call in line.split(" | ")])
def differentiated(torch: Any, call: str) -> Any:
    x = _leaf(torch)
    y = x * x
    names = {
        "x": x,
        "y": y,
        "z": y.sum(),
        "w": x.sum(),
        "v": torch.ones(2),
        "m": torch.tensor([[1.0, 0.0], [0.0, 2.0]]),
        "ones": torch.ones,
        "grad": torch.autograd.grad,
        "edge": torch.autograd.graph.get_gradient_edge,
        "Edge": torch.autograd.graph.GradientEdge,
    }
    return caught(eval, call, names)


def accumulated(torch: Any) -> Any:
    found = []
    for through in ["root", "leaf", "retained", "method"]:
        x = _leaf(torch)
        y = x * x
        y.retain_grad()
        edge = torch.autograd.graph.get_gradient_edge(y if through in ("root", "retained") else x)
        if through == "root":
            torch.autograd.backward(edge, torch.ones(2))
        elif through == "method":
            y.sum().backward(inputs=edge)
        else:
            torch.autograd.backward(y.sum(), inputs=edge)
        found.append((x.grad, y.grad))
    return found


def outputs_of_one_node(torch: Any) -> Any:
    a, b = torch.ones(2, 3, requires_grad=True).unbind()
    edges = [torch.autograd.graph.get_gradient_edge(t) for t in (b, a)]
    return torch.autograd.grad((a * 2 + b * 3).sum(), edges), [edge.output_nr for edge in edges]


def of_a_result_that_is_gone(torch: Any) -> Any:
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = _leaf(torch)
    edges = [torch.autograd.graph.get_gradient_edge(made(x)) for made in (torch.exp, Twice.apply)]
    return [torch.autograd.grad(edge, x, torch.ones(2)) for edge in edges], [e.ownership_token is None for e in edges]


def of_what_is_written_later(torch: Any) -> Any:
    x = _leaf(torch)
    y = x * 3
    edge = torch.autograd.graph.get_gradient_edge(y)
    y.mul_(2)
    return torch.autograd.grad(y.sum(), edge)


def after_the_graph_is_freed(torch: Any) -> Any:
    x = _leaf(torch)
    y = (x * x).sum()
    edge = torch.autograd.graph.get_gradient_edge(y)
    y.backward()
    return caught(torch.autograd.grad, edge, x)
