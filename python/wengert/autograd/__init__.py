"""Automatic differentiation: backward, grad, Function, and the modes."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence

from wengert import _unbuilt
from wengert._wengert import Tensor, _backward, _grad, _handle_torch_function, _has_torch_function, stack
from wengert.autograd import anomaly_mode, forward_ad, function, grad_mode, graph
from wengert.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from wengert.autograd.function import Function
from wengert.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from wengert.autograd.graph import GradientEdge, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Function",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "function",
    "grad",
    "grad_mode",
    "graph",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]

__getattr__ = _unbuilt.in_module(__name__)


def _many(tensors: Any) -> tuple[Any, ...]:
    return (tensors,) if isinstance(tensors, (Tensor, GradientEdge)) else tuple(tensors)


def _placed(edge: GradientEdge) -> Tensor:
    """What a sweep takes for the place to which `edge` leads."""
    if not isinstance(edge.node, Node):
        raise RuntimeError(
            f"GradientEdge's first object must be an autograd.graph.Node but got {type(edge.node).__name__}"
        )
    return edge.node._place(edge.output_nr)


def _places(given: Any) -> tuple[Any, ...]:
    return tuple(_placed(one) if isinstance(one, GradientEdge) else one for one in _many(given))


def _roots(tensors: Any) -> tuple[Tensor, ...]:
    roots = _places(tensors)
    assert all(isinstance(root, Tensor) for root in roots), "Expected output to be a torch.Tensor"
    return roots


def _seeds(gradients: Any, roots: tuple[Tensor, ...]) -> tuple[Tensor | None, ...]:
    # Seeds beyond the roots are ignored, as torch ignores them.
    seeds = (None,) * len(roots) if gradients is None else _many(gradients)[: len(roots)]
    for seed in seeds:
        if seed is not None and not isinstance(seed, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(seed).__name__}")
    if len(seeds) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(seeds)} gradients")
    return seeds


def _inputs(inputs: Any, function: str) -> tuple[Tensor, ...]:
    many = _places(inputs)
    if not many:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    for tensor in many:
        if not isinstance(tensor, Tensor):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(tensor).__name__}")
    return many


def _asked(*given: Any) -> tuple[Any, ...]:
    """Those among the tensors of a call, alone or several together, whose classes may take it for themselves."""
    parts = [(part,) if isinstance(part, Tensor) or not isinstance(part, Sequence) else tuple(part) for part in given]
    return tuple(tensor for part in parts for tensor in part if type(tensor) is not Tensor)


def _switch(value: Any) -> bool:
    return bool(operator.index(value))


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Adds the gradients of `tensors` to .grad of the leaves (or of `inputs`) that they were computed from."""
    asked = _asked(tensors)
    if asked and _has_torch_function(asked):
        return _handle_torch_function(
            backward,
            asked,
            tensors,
            grad_tensors=grad_tensors,
            retain_graph=retain_graph,
            create_graph=create_graph,
            inputs=inputs,
        )
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    targets = None if inputs is None else _inputs(inputs, "backward")
    roots = _roots(tensors)
    seeds = _seeds(grad_tensors, roots)
    retain = None if retain_graph is None else _switch(retain_graph)
    _backward(roots, seeds, retain, _switch(create_graph), targets)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of `outputs` with respect to `inputs`, as a tuple (a dict for a dict of inputs)."""
    asked = _asked(outputs, inputs)
    if asked and _has_torch_function(asked):
        return _handle_torch_function(
            grad,
            asked,
            outputs,
            inputs,
            grad_outputs=grad_outputs,
            retain_graph=retain_graph,
            create_graph=create_graph,
            only_inputs=only_inputs,
            allow_unused=allow_unused,
            is_grads_batched=is_grads_batched,
            materialize_grads=materialize_grads,
        )
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    names = list(inputs) if isinstance(inputs, dict) else None
    roots = _roots(outputs)
    targets = _inputs(inputs if names is None else inputs.values(), "grad")
    retain = None if retain_graph is None else _switch(retain_graph)
    create = _switch(create_graph)
    found: Sequence[Tensor | None]
    if is_grads_batched:
        edges = [isinstance(root, GradientEdge) for root in _many(outputs)]
        found = _batched(roots, targets, _seeds(grad_outputs, roots), edges, retain, create)
    else:
        found = _grad(roots, targets, _seeds(grad_outputs, roots), retain, create)
    if materialize_grads:
        asked_for = _many(inputs if names is None else inputs.values())
        if any(g is None and isinstance(place, GradientEdge) for g, place in zip(found, asked_for, strict=True)):
            raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
        found = [t.new_zeros(t.shape) if g is None else g for g, t in zip(found, targets, strict=True)]
    elif not allow_unused and any(g is None for g in found):
        unused = [g is None for g in found].index(True)
        raise RuntimeError(
            f"The differentiated Tensor at index {unused} appears to not have been used in the graph. Set "
            "allow_unused=True if this is the desired behavior."
        )
    return tuple(found) if names is None else dict(zip(names, found, strict=True))


def _batched(
    roots: tuple[Tensor, ...],
    targets: tuple[Tensor, ...],
    seeds: tuple[Tensor | None, ...],
    edges: list[bool],
    retain: bool | None,
    create: bool,
) -> list[Tensor | None]:
    """One sweep for each place in the seeds' first dimension."""
    for i, (seed, root) in enumerate(zip(seeds, roots, strict=True)):
        if seed is None:
            if root.requires_grad and root.numel() != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
        elif seed[0].shape != root.shape:
            if edges[i]:
                raise RuntimeError("Batched grads are not supported with GradientEdge")
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                "dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                f"output, but a mismatch was detected: grad_output[{i}] has a shape of "
                f"torch.Size({list(seed.shape[1:])}) and output[{i}] has a shape of "
                f"torch.Size({list(root.shape)}). If you only want some tensors in `grad_output` to be considered "
                "batched, consider using vmap."
            )
    # The seed of ones that stands for None has its output's shape, and no dimension for the batch.
    shapes = [root.shape if seed is None else seed.shape for seed, root in zip(seeds, roots, strict=True)]
    for seed, root, shape in zip(seeds, roots, shapes, strict=True):
        if seed is None and not root.requires_grad:
            raise ValueError(
                "vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for an input but the input is of type "
                f"{type(None)}. We cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not shape:
            raise ValueError(
                "vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for some input, but that input is a Tensor of "
                "dimensionality 0 so expected in_dim to satisfy 0 <= in_dim < 0."
            )
    counts = [shape[0] for shape in shapes]
    if len(set(counts)) > 1:
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {counts} for the "
            "mapped dimension"
        )
    missing = [i for i, seed in enumerate(seeds) if seed is None]
    if missing:
        i = missing[0]
        raise RuntimeError(
            f"invalid gradient at index {i} - got {list(shapes[i][1:])} but expected shape compatible with "
            f"{list(shapes[i])}"
        )
    count = counts[0]
    rows = []
    for row in range(count):
        one = tuple(seed[row] for seed in seeds if seed is not None)
        last = row + 1 == count
        rows.append(_grad(roots, targets, one, retain if last else True, create))
    return [None if column[0] is None else stack(column) for column in zip(*rows, strict=True)]
