"""Derivatives as functions of functions: grad, grad_and_value, vjp, jvp."""

from __future__ import annotations

import functools
from collections.abc import Callable

from wengert import _unbuilt
from wengert._wengert import Tensor, _dual_level, _unpack_dual, is_grad_enabled
from wengert.autograd import enable_grad, forward_ad
from wengert.autograd import grad as _gradients
from wengert.autograd.grad_mode import outside_inference, set_grad_enabled
from wengert.func.tree import brief, described, flatten, unflatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["grad", "grad_and_value", "jvp", "vjp"]

__getattr__ = _unbuilt.in_module(__name__)


class _Scope:
    """The inputs of one differentiation, set apart from the graph outside.

    An input that wants no gradient gets a leaf of its own; one that does gets a node of its own, so that results are
    functions of it as well.
    """

    def __init__(self) -> None:
        self.recording = is_grad_enabled()
        self.own: list[Tensor] = []
        self.entered: list[tuple[Tensor, Tensor]] = []

    def enter(self, leaves: list[Any]) -> list[Tensor]:
        for leaf in leaves:
            if not isinstance(leaf, Tensor):
                raise ValueError(f"Thing passed to transform API must be Tensor, got {type(leaf)}")
        inside = [self._entered(_normal(leaf)) for leaf in leaves]
        self.entered += zip(inside, leaves, strict=True)
        return inside

    def _entered(self, outside: Tensor) -> Tensor:
        primal, tangent = forward_ad.unpack_dual(outside)
        # A view that was made without recording has nothing behind it, whatever it says.
        wants = outside.requires_grad and not (outside.is_leaf and outside._is_view())
        own = outside.view_as(outside) if wants else primal.detach().requires_grad_()
        self.own.append(own)
        if tangent is None or wants:
            return own
        dual = forward_ad.make_dual(own, tangent)
        self.own.append(dual)
        return dual

    def leave(self, tree: Any) -> Any:
        """The tree with its tensors cut off from the own leaves, where nothing else lies behind them."""
        leaves, spec = flatten(tree)
        return unflatten(iter([self._left(leaf) for leaf in leaves]), spec)

    def _left(self, leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        for inside, outside in self.entered:
            if leaf is inside:
                return outside
        primal, tangent = forward_ad.unpack_dual(leaf)
        if tangent is None:
            return self._cut(leaf)
        left, left_tangent = self._cut(primal), self._cut(tangent)
        # Nothing to cut: the tensor itself, as where it carries no tangent.
        return leaf if left is primal and left_tangent is tangent else forward_ad.make_dual(left, left_tangent)

    def _cut(self, part: Tensor) -> Tensor:
        if not part.requires_grad or (self.recording and self._depends_on_others(part)):
            return part
        return part.detach()

    def _depends_on_others(self, result: Tensor) -> bool:
        if result.grad_fn is None:
            return all(result is not own for own in self.own)
        waiting, seen = [result.grad_fn], set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            leaf = getattr(node, "variable", None)
            if leaf is not None and all(leaf is not own for own in self.own):
                return True
            waiting += [parent for parent, _ in node.next_functions if parent is not None]
        return False

    def gradients(
        self,
        outputs: list[Tensor],
        inputs: list[Tensor],
        seeds: list[Tensor] | None = None,
        retain: bool = True,
        create: bool = True,
    ) -> list[Tensor]:
        """The gradients at the inputs, zeros where the outputs do not depend on one."""
        pairs = [(y, None if seeds is None else seeds[i]) for i, y in enumerate(outputs) if y.requires_grad]
        found: Any = [None] * len(inputs)
        if pairs:
            roots, ends = [y for y, _ in pairs], [seed for _, seed in pairs]
            found = _gradients(roots, inputs, ends, retain, create, allow_unused=True)
        return [x.new_zeros(x.shape) if g is None else g for g, x in zip(found, inputs, strict=True)]


def _normal(tensor: Tensor) -> Tensor:
    """The tensor, of an inference tensor a copy that is none: that can be recorded."""
    return tensor.clone() if tensor.is_inference() else tensor


def _places(argnums: Any, count: int) -> tuple[int, ...]:
    """The arguments that `argnums` names, of so many, from the front."""
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    asked = argnums if isinstance(argnums, tuple) else (argnums,)
    if not asked:
        raise RuntimeError("argnums must be non-empty")
    for place in asked:
        if not isinstance(place, int):
            raise RuntimeError(f"argnum must be int, got: {type(place)}")
        if not -count <= place < count:
            raise RuntimeError(f"Got argnum={place}, but only {count} positional inputs")
    places = tuple(place % count for place in asked)
    if len(set(places)) < len(places):
        raise RuntimeError(f"argnums elements must be unique, got {places}")
    return places


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `func` at some of its arguments, and its value."""

    @functools.wraps(func)
    def run(*args: Any, **kwargs: Any) -> Any:
        places = _places(argnums, len(args))
        scope = _Scope()
        with outside_inference(), enable_grad():
            leaves, spec = flatten([args[place] for place in places])
            inputs = scope.enter(leaves)
            entered = list(args)
            for place, value in zip(places, unflatten(iter(inputs), spec), strict=True):
                entered[place] = value
            value, aux = _value_and_aux(func(*entered, **kwargs), "grad_and_value(f)(*args)", has_aux)
            if not isinstance(value, Tensor):
                raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(value)}")
            if value.dim() != 0:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{value.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            gradients = unflatten(iter(scope.gradients([value], inputs)), spec)
            result = scope.leave(tuple(gradients) if isinstance(argnums, tuple) else gradients[0])
            value = scope.leave(value)
        return (result, (value, scope.leave(aux))) if has_aux else (result, value)

    return run


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `func` at some of its arguments."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def run(*args: Any, **kwargs: Any) -> Any:
        result, value = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return run


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `func` and the function that pulls cotangents back through it."""
    scope = _Scope()
    with outside_inference(), enable_grad():
        leaves, spec = flatten(primals)
        inputs = scope.enter(leaves)
        result = func(*unflatten(iter(inputs), spec))
        output, aux = _value_and_aux(result, "vjp(f, *primals)", has_aux)
        outputs, shape = _tensors(output, "vjp(f, *primals)")
        for y in outputs:
            if not (y.is_floating_point() or y.is_complex()):
                raise RuntimeError(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                    f"{y.dtype}"
                )

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        seeds, seed_shape = flatten(cotangents)
        if seed_shape != shape:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {brief(seed_shape)}, primal output: {brief(shape)}"
            )
        with outside_inference(), enable_grad():
            seeds = [_normal(seed) if isinstance(seed, Tensor) else seed for seed in seeds]
            found = scope.gradients(outputs, inputs, seeds, retain_graph, create_graph is None or create_graph)
        return scope.leave(unflatten(iter(found), spec))

    return (scope.leave(output), pull, scope.leave(aux)) if has_aux else (scope.leave(output), pull)


def jvp(
    func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> tuple[Any, ...]:
    """The value of `func` and its derivative along `tangents`."""
    said = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{said}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    leaves, spec = flatten(primals)
    directions, direction_spec = flatten(tangents)
    if spec != direction_spec:
        raise RuntimeError(
            f"{said}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {described(spec)} and tangents "
            f"with structure {described(direction_spec)}"
        )
    for name, parts in (("primals", leaves), ("tangents", directions)):
        if not parts:
            raise RuntimeError(f"{said}: Expected {name} to contain at least one Tensor.")
        for part in parts:
            if not isinstance(part, Tensor):
                raise RuntimeError(f"{said}: Expected {name} to only contain Tensors, got {type(part)}")
    if _dual_level() >= 0:
        raise NotImplementedError("jvp inside a forward-mode level is not supported yet: there is one level at a time")
    with set_grad_enabled(is_grad_enabled()), outside_inference(), forward_ad.dual_level():
        leaves, directions = [_normal(x) for x in leaves], [_normal(x) for x in directions]
        duals = [forward_ad.make_dual(x, x_dot) for x, x_dot in zip(leaves, directions, strict=True)]
        output, aux = _value_and_aux(func(*unflatten(iter(duals), spec)), said, has_aux)
        outputs, shape = _tensors(output, said)
        pairs = [_unpack_dual(y, True) for y in outputs]
        if strict and any(y_dot is None for _, y_dot in pairs):
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not "
                "allowed with strict=True."
            )
    value = unflatten(iter([y for y, _ in pairs]), shape)
    derivative = unflatten(iter([y.new_zeros(y.shape) if y_dot is None else y_dot for y, y_dot in pairs]), shape)
    return (value, derivative, aux) if has_aux else (value, derivative)


def _value_and_aux(result: Any, said: str, has_aux: bool) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise RuntimeError(f"{said}: output of function f should be a tuple: (output, aux) if has_aux is True")
    for part in flatten(result[1])[0]:
        if not isinstance(part, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(part)}")
    return result


def _tensors(output: Any, said: str) -> tuple[list[Tensor], Any]:
    function = "f(*primals)"
    leaves, spec = flatten(output)
    if leaves in ([], [None]):
        raise RuntimeError(f"{said}: Expected f to be a function that has non-empty output (got output = {leaves})")
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"{said}: expected {function} to return only tensors, got unsupported type {type(leaf)}")
    return leaves, spec
