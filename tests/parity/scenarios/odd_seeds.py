"""Seeds that do not fit: those of is_grads_batched, and the cotangents of torch.func.vjp."""

from typing import Any

from ..catalogue import each
from ..harness import caught

BATCHES: dict[str, Any] = {
    "0-d": lambda torch: torch.tensor(1.0),
    "no rows": lambda torch: torch.ones(0, 3),
    "no rows of another length": lambda torch: torch.ones(0, 4),
    "whole numbers": lambda torch: torch.eye(3, dtype=torch.int64),
    "truth values": lambda torch: torch.eye(3, dtype=torch.bool),
    "float64": lambda torch: torch.eye(3, dtype=torch.float64),
    "complex": lambda torch: torch.eye(3, dtype=torch.complex64),
    "none": lambda torch: None,
    "a text": lambda torch: "a",
    "a number": lambda torch: [1.0],
    "wants a gradient": lambda torch: torch.eye(3, requires_grad=True),
}


@each(seed=list(BATCHES))
def batched(torch: Any, seed: str) -> Any:
    x = torch.arange(3.0, requires_grad=True)
    return caught(torch.autograd.grad, x * x, x, BATCHES[seed](torch), is_grads_batched=True)


@each(rows=[(3, 2), (3, 1), (2, 0), (0, 0), (3, 3)])
def batches_of_two_outputs(torch: Any, rows: tuple[int, int]) -> Any:
    x = torch.arange(3.0, requires_grad=True)
    seeds = [torch.ones(count, 3) for count in rows]
    return caught(torch.autograd.grad, [x * x, x + 1], x, seeds, is_grads_batched=True)


@each(other=["one that wants a gradient", "one element in a row", "one that does not", "one element that does not"])
def batches_with_none(torch: Any, other: str) -> Any:
    x = torch.arange(3.0, requires_grad=True)
    y = {
        "one that wants a gradient": x.sum(),
        "one element in a row": x.sum(0, keepdim=True),
        "one that does not": torch.ones(3),
        "one element that does not": torch.ones(1),
    }[other]
    grad = torch.autograd.grad
    both = [caught(grad, [y, x * x], x, [None, torch.ones(rows, 3)], is_grads_batched=True) for rows in (1, 2)]
    return [*both, caught(grad, y, x, None, is_grads_batched=True)]


@each(seed=[(3,), (2, 2), (2, 3)])
def batches_through_an_edge(torch: Any, seed: tuple[int, ...]) -> Any:
    x = torch.arange(3.0, requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x * x)
    return caught(torch.autograd.grad, edge, x, torch.ones(seed), is_grads_batched=True)


def batches_without_rows_beside_what_is_not_used(torch: Any) -> Any:
    x, w = torch.arange(3.0, requires_grad=True), torch.ones(3, requires_grad=True)
    grad, y = torch.autograd.grad, x * x
    rows = [caught(grad, y, (x, w), torch.ones(0, 3), is_grads_batched=True, materialize_grads=True)]
    return [*rows, caught(grad, y, (x, w), torch.eye(3), is_grads_batched=True, materialize_grads=True)]


def results_of_no_gradient(torch: Any) -> Any:
    x = torch.ones(3)
    vjp = torch.func.vjp
    return (
        caught(vjp, lambda x: x > 0, x),
        caught(vjp, lambda x: (x, x.long()), x),
        vjp(lambda x: (x, x > 0), x, has_aux=True)[0],
    )


def cotangents_and_the_graph(torch: Any) -> Any:
    """What pulls back takes torch's two switches; neither keeps the gradient from being right."""
    x, outside = torch.arange(3.0), torch.arange(3.0, requires_grad=True)
    square = torch.func.vjp(lambda x: x * x, x)[1]
    first = square(torch.ones(3), retain_graph=False)
    again = caught(square, torch.ones(3))
    pull = torch.func.vjp(lambda x: x * x, outside)[1]
    plain, recorded = pull(torch.ones(3), True, False), pull(torch.ones(3), create_graph=True)
    return first, again, plain, recorded[0].requires_grad, caught(pull, torch.ones(3), torch.ones(3))
