"""Forward mode: dual_level, make_dual, unpack_dual and torch.func.jvp."""

import threading
from typing import Any

from ..catalogue import close, each, prints
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor
from .second_order import OPS


def _pushed(torch: Any, function: Any, primal: Any, tangent: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        return tuple(forward_ad.unpack_dual(function(forward_ad.make_dual(primal, tangent))))


@close(rtol=1e-9)
@each(op=list(OPS))
def operators(torch: Any, op: str) -> Any:
    x, x_dot = tensor(torch, (3, 3), 1, "float64", 0.5), tensor(torch, (3, 3), 2, "float64")
    y = tensor(torch, (3, 3), 3, "float64", 0.5)
    return caught(_pushed, torch, lambda dual: OPS[op](torch, dual, y), x, x_dot), caught(
        _pushed, torch, lambda dual: OPS[op](torch, y, dual), x, x_dot
    )


@close(rtol=1e-9)
@each(op=[op for op in OPS if op != "cast"])
def func_jvp(torch: Any, op: str) -> Any:
    x, y = tensor(torch, (3, 3), 4, "float64", 0.5), tensor(torch, (3, 3), 5, "float64", 0.5)
    x_dot, y_dot = tensor(torch, (3, 3), 6, "float64"), tensor(torch, (3, 3), 7, "float64")
    return caught(torch.func.jvp, lambda a, b: OPS[op](torch, a, b), (x, y), (x_dot, y_dot))


@close()
@each(op=["add_", "sub_", "mul_", "div_", "copy_", "zero_", "fill_"], dual=["target", "source", "both"])
def in_place(torch: Any, op: str, dual: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, y = tensor(torch, (3,), 8), tensor(torch, (3,), 9, low=0.5)
    with forward_ad.dual_level():
        if dual != "source":
            x = forward_ad.make_dual(x, torch.tensor([1.0, 2.0, 3.0]))
        if dual != "target":
            y = forward_ad.make_dual(y, torch.tensor([0.5, 0.25, 1.0]))
        arguments = {"zero_": (), "fill_": (y[0],)}.get(op, (y,))
        return caught(getattr(x, op), *arguments), tuple(forward_ad.unpack_dual(x))


def unpacked(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, t = torch.ones(2), torch.tensor([1.0, 2.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, t)
        result = forward_ad.unpack_dual(dual)
        plain = forward_ad.unpack_dual(x)
        said = [
            type(result).__name__,
            result.primal,
            result.tangent,
            result.tangent is t,
            plain,
            dual is x,
            dual._is_view(),
        ]
    return said, forward_ad.unpack_dual(dual)


def levels(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    said = [caught(forward_ad.make_dual, torch.ones(1), torch.ones(1))]
    with forward_ad.dual_level() as level:
        said.append(level)
        said.append(caught(forward_ad.enter_dual_level))
        said.append(caught(forward_ad.make_dual, torch.ones(1), torch.ones(1), level=5))
    said.append(caught(forward_ad.exit_dual_level))
    level = forward_ad.enter_dual_level()
    forward_ad.exit_dual_level(level=level)
    return said, level


@each(bad=["shape", "dtype", "int", "number", "twice", "complex"])
def make_dual_refuses(torch: Any, bad: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, ones = torch.ones(2), torch.ones(2)
    with forward_ad.dual_level():
        return {
            "shape": lambda: caught(forward_ad.make_dual, x, torch.ones(3)),
            "dtype": lambda: caught(forward_ad.make_dual, x, ones.double()),
            "int": lambda: caught(forward_ad.make_dual, x.long(), ones.long()),
            "number": lambda: caught(forward_ad.make_dual, x, 1.0),
            "twice": lambda: caught(forward_ad.make_dual, forward_ad.make_dual(x, ones), ones),
            "complex": lambda: caught(forward_ad.make_dual, x, torch.ones(2, dtype=torch.complex64)),
        }[bad]()


@each(layout=LAYOUTS)
def tangents_of_layouts(torch: Any, layout: str) -> Any:
    x, t = laid_out(torch, "contiguous", 10), laid_out(torch, layout, 11)
    return _pushed(torch, lambda dual: dual * dual, x, t), _pushed(torch, lambda dual: dual, x, t)


def results_without_tangents(torch: Any) -> Any:
    x, t = torch.tensor([1.0, -1.0]), torch.ones(2)
    return [
        _pushed(torch, lambda dual: dual > 0, x, t),
        _pushed(torch, lambda dual: dual.long(), x, t),
        _pushed(torch, lambda dual: dual.detach(), x, t),
        _pushed(torch, lambda dual: torch.ones(2), x, t),
        _pushed(torch, lambda dual: dual.max(0).indices, x, t),
        _pushed(torch, lambda dual: dual.clone(), x, t),
    ]


def forward_over_reverse(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, -1.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x.clone().requires_grad_(), v)
        (g,) = torch.autograd.grad((dual * dual * dual).sum(), dual, create_graph=True)
        return tuple(forward_ad.unpack_dual(g))


@prints
def the_nodes_of_duals_and_primals(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, v = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([1.0, -1.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, v)
        primal = forward_ad.unpack_dual(dual * dual).primal
        plain = forward_ad.unpack_dual(x).primal
        told = [graph(t) for t in (dual, primal, plain)], type(primal.grad_fn).__name__, primal._is_view()
        (g,) = torch.autograd.grad((primal * primal).sum(), x)
        seen = dual.sum(), primal.sum(), g
        primal.detach().mul_(2)
        (primal * primal).sum().backward()
        return told, seen, x.grad


def a_written_primal_is_named(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with forward_ad.dual_level():
        primal = forward_ad.unpack_dual(x * x).primal
        y = (primal * primal).sum()
        primal.detach().mul_(2)
        return caught(y.backward), repr(primal)


AUX: dict[str, Any] = {
    "of_input": lambda t, a, w: a * 2,
    "of_other": lambda t, a, w: w * 2,
    "other": lambda t, a, w: w,
    "constant": lambda t, a, w: t.ones(2),
}


@each(aux=list(AUX))
def jvp_hands_its_aux_through(torch: Any, aux: str) -> Any:
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    value, _, told = torch.func.jvp(lambda a: (a * w, AUX[aux](torch, a, w)), (x,), (x.detach(),), has_aux=True)
    return value, told, told is w


REVERSED: dict[str, Any] = {
    "grad": lambda f, t: f.grad(lambda a: (a * a * a).sum()),
    "grad_and_value": lambda f, t: f.grad_and_value(lambda a: (a * a * a).sum()),
    "aux": lambda f, t: f.grad(lambda a: ((a * a * a).sum(), (a * a, t)), has_aux=True),
    "outer_aux": lambda f, t: lambda a: f.grad(lambda b: ((b * b * b).sum(), a), has_aux=True)(a),
    "linear": lambda f, t: f.grad(lambda a: a.sum()),
    "closed_over": lambda f, t: lambda a: f.grad(lambda b: (b * a * a * a).sum())(t),
    "both": lambda f, t: lambda a: f.grad(lambda b: (b * a * a * b).sum())(a),
    "grad_of_grad": lambda f, t: f.grad(lambda a: f.grad(lambda b: (b * b * b * b).sum())(a).sum()),
    "vjp": lambda f, t: lambda a: f.vjp(lambda b: b * b * b, a)[1](a),
    "vjp_value": lambda f, t: lambda a: f.vjp(lambda b: b * b * b, a)[0],
    "vjp_identity": lambda f, t: lambda a: f.vjp(lambda b: b, a)[0],
    "cotangent": lambda f, t: lambda a: f.vjp(lambda b: b * b * b, t)[1](a),
    "in_place": lambda f, t: f.grad(lambda a: _written_view(a).dot(a)),
}


def _flat(tree: Any) -> list[Any]:
    return [tensor for part in tree for tensor in _flat(part)] if isinstance(tree, tuple) else [tree]


@each(function=list(REVERSED), wants=[False, True], recording=[False, True])
def jvp_over_reverse(torch: Any, function: str, wants: bool, recording: bool) -> Any:
    x, t = torch.tensor([1.0, 2.0], requires_grad=wants), torch.tensor([3.0, -1.0])
    with torch.set_grad_enabled(recording):
        results = _flat(torch.func.jvp(REVERSED[function](torch.func, t), (x,), (t,)))
    return [(result.detach(), wants or result.requires_grad) for result in results]


def a_dual_seen_backwards(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([3.0, -1.0])
    with forward_ad.dual_level():
        y, pull = torch.func.vjp(lambda a: a * a * a, forward_ad.make_dual(x, t))
        said = [_halves(torch, y), _halves(torch, pull(t)[0])]
    return said, pull(t)


def reverse_over_forward(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, -1.0], requires_grad=True)
    _, tangent = _pushed(torch, lambda dual: dual * dual * dual, x, v)
    return tangent, torch.autograd.grad(tangent.sum(), [x, v])


def forward_grad_mode(torch: Any) -> Any:
    x, t = torch.ones(2), torch.ones(2)
    with torch.no_grad():
        inside = _pushed(torch, lambda dual: dual * 2, x, t)
    return inside


def views_share_tangents(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    x = torch.zeros(3)
    with forward_ad.dual_level():
        y = x.clone()
        y[1:] = forward_ad.make_dual(torch.ones(2), torch.tensor([5.0, 6.0]))
        view = y.view(3)[2]
        said = [tuple(forward_ad.unpack_dual(y)), tuple(forward_ad.unpack_dual(view))]
        view.mul_(2)
        return said, tuple(forward_ad.unpack_dual(y))


def jvp_of_simple_functions(torch: Any) -> Any:
    jvp = torch.func.jvp
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    return [
        jvp(lambda a: a * a, (x,), (t,)),
        jvp(lambda a: a.sum(), (x,), (t,)),
        jvp(lambda a, b: a * b, (x, t), (t, x)),
        jvp(lambda a: (a * 2, a * 3), (x,), (t,)),
        jvp(lambda a: (a * 2, a.sum()), (x,), (t,), has_aux=True),
        jvp(lambda a: torch.ones(2), (x,), (t,)),
    ]


def jvp_refuses(torch: Any) -> Any:
    jvp = torch.func.jvp
    x = torch.ones(2)
    return [
        caught(jvp, lambda a: a, x, x),
        caught(jvp, lambda a: a, (x,), (torch.ones(3),)),
        caught(jvp, lambda a: a, (x,), ()),
        caught(jvp, lambda a: a, (x,), (x, x)),
        caught(jvp, lambda a: a, (), ()),
        caught(jvp, lambda a: 3, (x,), (x,)),
        caught(jvp, lambda a: a, (x,), (1.0,)),
    ]


def jvp_of_jvp(torch: Any) -> Any:
    x, one = torch.tensor(2.0), torch.tensor(1.0)

    def first(a: Any) -> Any:
        return torch.func.jvp(lambda b: b * b * b, (a,), (one,))[1]

    return caught(torch.func.jvp, first, (x,), (one,))


def jvp_of_control_flow(torch: Any) -> Any:
    def f(a: Any) -> Any:
        b = a * 2
        while b.norm() < 1000:
            b = b * 2
        return b if b.sum() > 0 else 100 * b

    return torch.func.jvp(f, (torch.tensor(-3.0),), (torch.tensor(1.0),))


def _halves(torch: Any, dual: Any) -> tuple[Any, ...]:
    return tuple(torch.autograd.forward_ad.unpack_dual(dual))


def _base_then_view(torch: Any, dual: Any) -> Any:
    base = torch.zeros(3)
    v, other = base[1:], base.view(3, 1)
    v.copy_(dual)
    return base, v, other, base.detach()


def _transposed(torch: Any, dual: Any) -> Any:
    square = torch.zeros(2, 2)
    turned = square.t()
    square[0].copy_(dual)
    turned[1].mul_(3)
    return square, turned


def _expanded(torch: Any, dual: Any) -> Any:
    column = torch.zeros(2, 1)
    wide = column.expand(2, 3)
    column.copy_(dual.view(2, 1))
    return column, wide


def _part_of_a_dual(torch: Any, dual: Any) -> Any:
    dual[0].mul_(5)
    primal, _ = torch.autograd.forward_ad.unpack_dual(dual)
    return dual, dual[0], primal


def _copies_stay(torch: Any, dual: Any) -> Any:
    results = [dual + 0, dual.clone(), dual.reshape(2), dual * 1, torch.stack([dual])[0]]
    for result in results[:2] + results[3:]:
        result.mul_(3)
    return (*results, dual)


def _indexed(torch: Any, dual: Any) -> Any:
    y = torch.zeros(3)
    y[[0, 2]] = dual
    z = y.clone()
    z[torch.tensor([True, False, False])] = 5.0
    z[1:] = z[:2] * 2
    return y, z


def _view_of_a_result(torch: Any, dual: Any) -> Any:
    y = dual * dual
    v = y[:1]
    y.add_(dual)
    v.sub_(1)
    v.mul_(2)
    return y, v, *y.unbind()


WRITTEN_VIEWS = {
    "base_then_view": _base_then_view,
    "transposed": _transposed,
    "expanded": _expanded,
    "part_of_a_dual": _part_of_a_dual,
    "copies_stay": _copies_stay,
    "indexed": _indexed,
    "view_of_a_result": _view_of_a_result,
}


@each(write=list(WRITTEN_VIEWS), layout=["dense", "stepped"])
def views_written_in_place(torch: Any, write: str, layout: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    primal = torch.tensor([2.0, 3.0]) if layout == "dense" else torch.arange(8.0)[2::4]
    tangent = torch.tensor([1.0, 10.0])
    with forward_ad.dual_level():
        results = WRITTEN_VIEWS[write](torch, forward_ad.make_dual(primal, tangent))
        return [_halves(torch, result) for result in results], tangent


@each(op=["add", "neg", "sum", "mm", "stack", "where"])
def out_refuses_tangents(torch: Any, op: str) -> Any:
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.ones(2, 2), torch.ones(2, 2))
        shape = {"sum": (2,), "stack": (2, 2, 2)}.get(op, (2, 2))
        call = {
            "add": lambda out: torch.add(x, 1, out=out),
            "neg": lambda out: torch.neg(x, out=out),
            "sum": lambda out: torch.sum(x, 0, out=out),
            "mm": lambda out: torch.mm(x, x, out=out),
            "stack": lambda out: torch.stack([x, x], out=out),
            "where": lambda out: torch.where(x > 0, x, x, out=out),
        }[op]
        return caught(call, torch.zeros(shape)), caught(torch.add, torch.ones(2, 2), 1, out=x)


def a_dual_of_an_expanded_primal(torch: Any) -> Any:
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        return caught(forward_ad.make_dual, torch.zeros(1).expand(2), torch.ones(2))


def _written_view(a: Any) -> Any:
    y = a * 1
    y[1:].mul_(a[0])
    return y


def _copied_part(a: Any) -> Any:
    y = a * 1
    y[0].copy_(a[1] * a[0])
    return y


def _indexed_write(a: Any) -> Any:
    y = a * 1
    y[[0]] = a[1:] * a[:1]
    return y


DIFFERENTIATED: dict[str, Any] = {
    "cube": lambda t, a: a * a * a,
    "exp": lambda t, a: a.exp(),
    "sqrt": lambda t, a: a.sqrt(),
    "quotient": lambda t, a: 1 / a,
    "power": lambda t, a: a**a,
    "norm": lambda t, a: a.norm(),
    "max": lambda t, a: a.max() * a,
    "mean": lambda t, a: (a * a).mean(),
    "index": lambda t, a: a[[1, 0]] * a,
    "dot": lambda t, a: t.dot(a, a * a),
    "mm": lambda t, a: a.view(1, 2) @ a.view(2, 1),
    "stack": lambda t, a: t.stack([a, a * a]).t() * a.view(2, 1),
    "where": lambda t, a: t.where(a > 2, a * a, a),
    "in_place": lambda t, a: (a * 1).mul_(a * 2),
    "written_view": lambda t, a: _written_view(a),
    "copied_part": lambda t, a: _copied_part(a),
    "indexed_write": lambda t, a: _indexed_write(a),
    "filled": lambda t, a: (a * 1).fill_(a[0] * a[1]),
}


@close(rtol=1e-12)
@each(op=list(DIFFERENTIATED))
def tangents_are_differentiated(torch: Any, op: str) -> Any:
    """Reverse over forward, and forward over reverse with and without a recorded sweep."""
    forward_ad = torch.autograd.forward_ad
    x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
    v = torch.tensor([1.0, 10.0], dtype=torch.float64, requires_grad=True)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, v)
        tangent = forward_ad.unpack_dual(DIFFERENTIATED[op](torch, dual)).tangent
        said = [tangent.detach(), torch.autograd.grad(tangent.sum(), [x, v], allow_unused=True)]
        for create_graph in (False, True):
            (g,) = torch.autograd.grad(DIFFERENTIATED[op](torch, dual).sum(), dual, create_graph=create_graph)
            primal, g_dot = forward_ad.unpack_dual(g)
            said.append((primal.detach(), None if g_dot is None else g_dot.detach()))
        return said


AUX: dict[str, Any] = {
    "int": 3,
    "str": "a",
    "none": None,
    "empty": (),
    "nested": lambda t: (t, [t, {"a": t}]),
    "int_inside": lambda t: (t, {"a": 3}),
    "none_inside": lambda t: [t, (t, None)],
}


@each(aux=list(AUX))
def aux_that_is_no_tensor(torch: Any, aux: str) -> Any:
    func, x = torch.func, torch.ones(2)
    given = AUX[aux](x) if callable(AUX[aux]) else AUX[aux]

    def function(a: Any) -> Any:
        return a.sum(), given

    return [
        caught(func.grad(function, has_aux=True), x),
        caught(func.grad_and_value(function, has_aux=True), x),
        caught(lambda: func.vjp(function, x, has_aux=True)[2]),
        caught(func.jvp, function, (x,), (x,), has_aux=True),
        caught(lambda: func.vjp(lambda a: given, x)[0]),
        caught(lambda: func.jvp(lambda a: given, (x,), (x,))[0]),
    ]


def a_tensor_of_another_threads_level_has_no_tangent(torch: Any) -> Any:
    kept: dict[str, Any] = {}

    def f(x: Any) -> Any:
        if "cubed" not in kept:
            kept["cubed"] = x * 3
        return x * kept["cubed"]

    x, found = torch.tensor(2.0), []
    for _ in range(3):
        thread = threading.Thread(target=lambda: found.append(torch.func.jvp(f, (x,), (torch.tensor(1.0),))[1].item()))
        thread.start()
        thread.join()
    return found


@each(write=["copy_", "assign", "ellipsis", "slice"], then=["mul_", "neg_", "zero_", "item"])
def a_copied_tangent_is_its_own(torch: Any, write: str, then: str) -> Any:
    """What is written over a tensor carries the source's tangent on, and a later write changes neither."""
    forward = torch.autograd.forward_ad
    tangent = torch.tensor([1.0, 2.0])
    with forward.dual_level():
        dual = forward.make_dual(torch.ones(2), tangent)
        y = torch.zeros(2)
        if write == "copy_":
            y.copy_(dual)
        elif write == "assign":
            y[:] = dual
        elif write == "ellipsis":
            y[...] = dual
        else:
            y[0:2] = dual
        if then == "item":
            y[0] = 5.0
        else:
            getattr(y, then)(*([3] if then == "mul_" else []))
        return forward.unpack_dual(dual).tangent, forward.unpack_dual(y).tangent, tangent


def detached_in_place(torch: Any) -> Any:
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        dual = forward.make_dual(torch.ones(2), torch.ones(2))
        y = torch.zeros(2)
        y.add_(dual)
        y.detach_()
        return forward.unpack_dual(y).tangent, forward.unpack_dual(y * 2).tangent
